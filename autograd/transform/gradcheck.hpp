// Compares gradients with finite differences.
//   GradCheck r = gradcheck([](const Value& x) { return sum(tanh(x)); }, t);
//   if (!r.ok) fmt::print("{}\n", r.report);
#pragma once

#include <autograd/transform/grad.hpp>
#include <optional>
#include <string>
#include <vector>

namespace brickgrad {

struct GradCheckOptions {
  /// The step of the central differences, relative to max(1, |x|).
  double step = 1e-6;
  /// |analytic - numeric| may be absolute + relative |numeric|. When empty, 1e-7 and 1e-5; for a
  /// gradient in float32, 1e-5 and 1e-4.
  std::optional<double> absolute = {}, relative = {};
  /// In which the gradient is computed. The differences are in float64 in any case, at the same
  /// point: those of float32 would tell less than the gradient.
  DType dtype = float64;
};

struct GradCheck {
  bool ok = true;
  double largest_error = 0;
  /// One line when all is well; otherwise the worst elements: where, analytic, numeric.
  std::string report;
};

/// Checks the gradient of fn, of any shape, at x, which is taken as float64 (and as float32 for a
/// gradient in it). An output that is not
/// a scalar is weighted by fixed pseudo-random numbers.
GradCheck gradcheck(const Function& fn, const Tensor& x, const GradCheckOptions& options = {});
/// The same to several inputs.
GradCheck gradcheck(const std::function<Value(const std::vector<Value>&)>& fn,
                    const std::vector<Tensor>& inputs, const GradCheckOptions& options = {});
inline GradCheck gradcheck(const Function& fn, const Value& x,
                           const GradCheckOptions& options = {}) {
  return gradcheck(fn, x.data(), options);
}

}  // namespace brickgrad
