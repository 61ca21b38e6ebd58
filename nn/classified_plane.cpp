#include <algorithm>
#include <autograd/error.hpp>
#include <cmath>
#include <nn/classified_plane.hpp>

namespace brickgrad::nn::internal {

void check_points(const Tensor& points, std::span<const std::int64_t> labels) {
  if (points.rank() != 2 || points.size(1) != 2 || points.size(0) == 0)
    fail("plot_boundary: points of shape {} are not (n, 2); choose two columns", points.shape());
  if (static_cast<std::int64_t>(labels.size()) != points.size(0))
    fail("plot_boundary: {} labels for {} points; give one label a point", labels.size(),
         points.size(0));
}

void check_labels(std::span<const std::int64_t> labels, std::int64_t classes) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      fail("plot_boundary: label {} of point {} is not one of the {} classes 0 to {}", labels[i], i,
           classes, classes - 1);
}

Range range_of(const Tensor& points, int column) {
  double low = points(0, column), high = low;
  for (std::int64_t i = 0; i < points.size(0); ++i) {
    const double x = points(i, column);
    if (!std::isfinite(x))
      fail("plot_boundary: point {} has the coordinate {}; they must be finite", i, x);
    low = std::min(low, x);
    high = std::max(high, x);
  }
  const double room = high > low ? 0.12 * (high - low) : 1;
  return {low - room, high + room};
}

Tensor probabilities_at(const Classifier& classifier, const Tensor& places) {
  Tensor result = classifier(places);
  if (result.rank() != 2 || result.size(0) != places.size(0) || result.size(1) < 2)
    fail(
        "plot_boundary: for points of shape {} the classifier gave shape {}, not (points, "
        "classes); a single logit x wants columns 1 - sigmoid(x) and sigmoid(x)",
        places.shape(), result.shape());
  for (double v : result.to_vector())
    if (!std::isfinite(v))
      fail("plot_boundary: the classifier gave {}; its probabilities must be finite", v);
  return result;
}

}  // namespace brickgrad::nn::internal
