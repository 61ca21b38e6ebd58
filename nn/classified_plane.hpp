// What the plots of decision boundaries share: points in the plane, their labels, and what a
// classifier says at other places. For the plots of nn only.
#pragma once

#include <cstdint>
#include <nn/plot.hpp>
#include <nn/plot_axes.hpp>
#include <span>

namespace brickgrad::nn::internal {

/// Throws Error unless the points are (n, 2), one at least, with a label each.
void check_points(const Tensor& points, std::span<const std::int64_t> labels);
/// Throws Error unless every label is from 0 to classes - 1.
void check_labels(std::span<const std::int64_t> labels, std::int64_t classes);
/// From the smallest to the largest coordinate in a column, with room beyond. Throws Error when
/// they are not finite.
Range range_of(const Tensor& points, int column);
/// The probabilities (places, classes). Throws Error when the classifier gives another shape, or
/// numbers that are not finite.
Tensor probabilities_at(const Classifier& classifier, const Tensor& places);

}  // namespace brickgrad::nn::internal
