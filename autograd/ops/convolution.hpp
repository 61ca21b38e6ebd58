// Convolution and pooling over images: batches of channels of rows and columns, (N, C, H, W).
#pragma once

#include <fmt/format.h>
#include <array>
#include <autograd/ops/contract.hpp>
#include <autograd/shape.hpp>

namespace brickgrad::ops {

/// How a kernel moves over an image: in steps of `stride`, over `padding` zeros on each side.
struct Conv2dOptions {
  std::int64_t stride = 1, padding = 0;
};

inline std::string to_string(const Conv2dOptions& o) {
  return fmt::format("stride={}, padding={}", o.stride, o.padding);
}

/// y[n, o, i, j] = b[o] + sum over c, k, l of x[n, c, i s + k - p, j s + l - p] w[o, c, k, l],
/// which is what networks call a convolution.
struct Conv2d : Structural<3> {
  static constexpr auto name = "conv2d";
  static constexpr std::array reads{reads_input(1), reads_input(0), reads_nothing};
  static constexpr bool by_rows = true;
  Conv2dOptions options;
  auto forward(const auto& x, const auto& w, const auto& b) const {
    return convolved(x, w, b, options.stride, options.padding);
  }
  auto result_shape(const auto& x, const auto& w, const auto& b) const {
    return convolved_shape(x, w, b, options.stride, options.padding);
  }
  auto forward_part(const Shape& part, const auto& x, const auto& w, const auto& b) const {
    return convolved(x, w, b, options.stride, options.padding, &part);
  }
  template <int I>
  auto pullback(const auto& g, const auto&, const auto& x, const auto& w, const auto&) const {
    if constexpr (I == 0)
      return conv2d_input(g, w, x.shape(), options);
    else if constexpr (I == 1)
      return conv2d_weight(x, g, w.shape(), options);
    else
      return sum(g, {0, 2, 3});
  }
  std::string describe() const { return to_string(options); }
  static std::vector<Sample<Conv2d>> samples() {
    return {{{{}, {1, 0}}, {{2, 2, 4, 5}, {3, 2, 3, 2}, {3}}},
            {{{}, {2, 1}}, {{2, 1, 5, 4}, {2, 1, 3, 3}, {2}}},
            {{{}, {1, 2}}, {{1, 2, 2, 3}, {2, 2, 2, 2}, {2}}}};
  }
};

/// Without the bias, the sum of Conv2d is linear in the images, the kernels and the results'
/// gradients: the next two ops are its other forms, and the three are each other's derivatives.
struct Convolution : Structural<2> {
  static constexpr std::array reads{reads_input(1), reads_input(0)};
  Conv2dOptions options;
  std::string describe() const { return to_string(options); }
};

/// The sum of Conv2d solved for the images: also called a transposed convolution.
struct Conv2dInput : Convolution {
  static constexpr auto name = "conv2d_input";
  Shape shape;
  auto forward(const auto& g, const auto& w) const {
    return convolution_input(g, w, shape, options.stride, options.padding);
  }
  template <int I>
  auto pullback(const auto& x, const auto&, const auto& g, const auto& w) const {
    if constexpr (I == 0)
      return conv2d(x, w, options);
    else
      return conv2d_weight(x, g, w.shape(), options);
  }
  static std::vector<Sample<Conv2dInput>> samples() {
    return {{{{{}, {1, 0}}, {2, 2, 4, 5}}, {{2, 3, 2, 4}, {3, 2, 3, 2}}},
            {{{{}, {2, 1}}, {1, 1, 5, 4}}, {{1, 2, 3, 2}, {2, 1, 3, 3}}}};
  }
};

/// The sum of Conv2d solved for the kernels.
struct Conv2dWeight : Convolution {
  static constexpr auto name = "conv2d_weight";
  Shape shape;
  auto forward(const auto& x, const auto& g) const {
    return convolution_weight(x, g, shape, options.stride, options.padding);
  }
  template <int I>
  auto pullback(const auto& w, const auto&, const auto& x, const auto& g) const {
    if constexpr (I == 0)
      return conv2d_input(g, w, x.shape(), options);
    else
      return conv2d(x, w, options);
  }
  static std::vector<Sample<Conv2dWeight>> samples() {
    return {{{{{}, {1, 0}}, {3, 2, 3, 2}}, {{2, 2, 4, 5}, {2, 3, 2, 4}}},
            {{{{}, {2, 1}}, {2, 1, 3, 3}}, {{1, 1, 5, 4}, {1, 2, 3, 2}}}};
  }
};

/// The largest element of each window of `size` by `size`; windows do not overlap, and a rest at
/// the right and the bottom is left out. Of equal elements the first one receives the gradient.
struct MaxPool2d : Structural<1> {
  static constexpr auto name = "max_pool2d";
  static constexpr Reads reads = reads_input(0);
  static constexpr bool by_rows = true;
  std::int64_t size = 2;
  auto forward(const auto& x) const { return pooled(x, x, size); }
  auto result_shape(const auto& x) const { return pooled_shape(x, size); }
  template <int>
  auto pullback(const auto& g, const auto&, const auto& x) const {
    return max_unpool2d(g, x, size);
  }
  bool selects() const { return size == 2; }
  static Shape selects_from(const auto& x) { return under_windows(x); }
  static auto select(const auto& x) { return select_maxima(x); }
  static auto unselect(const auto& g, const auto& places, const Shape& x) {
    return unselect_maxima(g, places, x);
  }
  std::string describe() const { return fmt::format("size={}", size); }
  static std::vector<Sample<MaxPool2d>> samples() { return {{{{}, 2}, {{2, 2, 5, 4}}}}; }
};

/// What looks for the maxima of windows of its second input, which receives no gradient.
struct MaxWindows : Structural<2> {
  static constexpr std::array reads{reads_input(1), reads_nothing};
  std::int64_t size = 2;
  std::string describe() const { return fmt::format("size={}", size); }
};

/// Puts each element of the first input where the second has the maximum of that window, and zeros
/// elsewhere: the derivative of MaxPool2d.
struct MaxUnpool2d : MaxWindows {
  static constexpr auto name = "max_unpool2d";
  auto forward(const auto& g, const auto& x) const { return unpooled(g, x, size); }
  template <int I>
  auto pullback(const auto& g, const auto&, const auto&, const auto& x) const {
    if constexpr (I == 0) return max_select2d(g, x, size);
  }
  static std::vector<Sample<MaxUnpool2d>> samples() {
    return {{{{{}, 2}}, {{2, 2, 2, 2}, {2, 2, 5, 4}}}};
  }
};

/// Takes from each window of the first input the element where the second has its maximum.
struct MaxSelect2d : MaxWindows {
  static constexpr auto name = "max_select2d";
  auto forward(const auto& v, const auto& x) const { return pooled(v, x, size); }
  template <int I>
  auto pullback(const auto& g, const auto&, const auto&, const auto& x) const {
    if constexpr (I == 0) return max_unpool2d(g, x, size);
  }
  static std::vector<Sample<MaxSelect2d>> samples() {
    return {{{{{}, 2}}, {{2, 2, 5, 4}, {2, 2, 5, 4}}}};
  }
};

}  // namespace brickgrad::ops
