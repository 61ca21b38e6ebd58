#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/transform/gradcheck.hpp>
#include <cmath>

namespace brickgrad {
namespace {

/// The output as one number: its sum, weighted so that no two errors cancel.
Value weighted_sum(const Value& y) {
  if (y.rank() == 0) return y;
  return sum(y * (Tensor::rand(y.shape(), 12345) + 0.5).to(y.dtype()));
}

struct Worst {
  std::size_t input;
  std::int64_t element;
  double analytic, numeric, error;
};

}  // namespace

GradCheck gradcheck(const std::function<Value(const std::vector<Value>&)>& fn,
                    const std::vector<Tensor>& inputs, const GradCheckOptions& options) {
  std::vector<Tensor> points;
  std::vector<Value> leaves;
  for (const Tensor& t : inputs) {
    points.push_back(t.to(options.dtype).to(float64).clone());
    leaves.emplace_back(points.back().to(options.dtype).clone());
  }
  const std::vector<Value> analytic = grad(weighted_sum(fn(leaves)), leaves);
  auto at = [&](std::size_t input, std::int64_t element, double x) {
    points[input].data<double>()[element] = x;
    std::vector<Value> moved;
    moved.reserve(points.size());
    for (const Tensor& p : points) moved.emplace_back(p.clone());
    return weighted_sum(fn(moved)).item();
  };

  const bool narrow = options.dtype == float32;
  const double absolute = options.absolute.value_or(narrow ? 1e-5 : 1e-7),
               relative = options.relative.value_or(narrow ? 1e-4 : 1e-5);
  GradCheck result;
  std::vector<Worst> bad;
  std::int64_t checked = 0;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const std::vector<double> g = analytic[k].data().to_vector();
    for (std::int64_t i = 0; i < points[k].numel(); ++i, ++checked) {
      const double x = points[k].data<double>()[i];
      const double h = options.step * std::max(1.0, std::abs(x));
      if (std::isfinite(x) && !(x + h > x - h))
        fail("gradcheck: a step of {:g} is nothing beside x = {}; 1e-6 is usual", options.step,
             format_number(x, 6));
      const double numeric = (at(k, i, x + h) - at(k, i, x - h)) / ((x + h) - (x - h));
      points[k].data<double>()[i] = x;
      const double a = g[static_cast<std::size_t>(i)], difference = std::abs(a - numeric);
      const double error = std::isnan(difference) ? INFINITY : difference;
      result.largest_error = std::max(result.largest_error, error);
      if (!(error <= absolute + relative * std::abs(numeric)))
        bad.push_back({k, i, a, numeric, error});
    }
  }
  result.ok = bad.empty();
  if (result.ok) {
    result.report = fmt::format(
        "{} with central differences; largest error {:.2g}",
        checked == 1 ? "1 derivative agrees" : fmt::format("{} derivatives agree", checked),
        result.largest_error);
    return result;
  }
  result.report =
      fmt::format("{} of {} derivatives differ from central differences:", bad.size(), checked);
  std::sort(bad.begin(), bad.end(),
            [](const Worst& a, const Worst& b) { return a.error > b.error; });
  for (std::size_t i = 0; i < std::min<std::size_t>(bad.size(), 10); ++i)
    result.report += fmt::format("\n  input {}, element {}: analytic {}, numeric {}", bad[i].input,
                                 bad[i].element, format_number(bad[i].analytic, 10),
                                 format_number(bad[i].numeric, 10));
  return result;
}

GradCheck gradcheck(const Function& fn, const Tensor& x, const GradCheckOptions& options) {
  return gradcheck([&fn](const std::vector<Value>& v) { return fn(v[0]); }, std::vector{x},
                   options);
}

}  // namespace brickgrad
