// Compares gradients with finite differences.
//   GradCheck r = gradcheck([](const Value& x) { return sum(tanh(x)); }, t);
//   if (!r.ok) fmt::print("{}\n", r.report);
#pragma once

#include <autograd/transform/grad.hpp>
#include <string>
#include <vector>

namespace brickgrad {

struct GradCheckOptions {
  /// The step of the central differences, relative to max(1, |x|).
  double step = 1e-6;
  /// |analytic - numeric| may be absolute + relative |numeric|.
  double absolute = 1e-7, relative = 1e-5;
};

struct GradCheck {
  bool ok = true;
  double largest_error = 0;
  /// One line when all is well; otherwise the worst elements: where, analytic, numeric.
  std::string report;
};

/// Checks the gradient of fn, of any shape, at x, which is taken as float64. An output that is not
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
