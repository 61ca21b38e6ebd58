// The extents of a convolution, its result and its ways back, and how the kernels see them.
#pragma once

#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/shape.hpp>
#include <autograd/tensor/image_view.hpp>
#include <autograd/tensor/tensor.hpp>
#include <utility>

namespace brickgrad {

/// The extents of a convolution, checked.
struct ConvolutionGeometry {
  std::int64_t images, channels, height, width;  // of the images
  std::int64_t outputs, kernel_height, kernel_width;
  std::int64_t out_height, out_width;
  std::int64_t stride;
  std::int64_t rows_around, columns_around;  // of zeros; fewer than none are cut off

  ConvolutionGeometry(const Shape& x, const Shape& w, std::int64_t stride_, std::int64_t padding)
      : stride(stride_), rows_around(padding), columns_around(padding) {
    if (x.rank() != 4 || w.rank() != 4)
      fail(
          "conv2d: images of shape {} and kernels of shape {} are not (images, channels, height, "
          "width) and (outputs, channels, height, width)",
          x, w);
    if (x[1] != w[1])
      fail("conv2d: images of shape {} have {} channels, kernels of shape {} want {}", x, x[1], w,
           w[1]);
    if (stride < 1 || padding < 0 || padding > (std::int64_t{1} << 30))
      fail("conv2d: stride {} and padding {}: a stride is at least 1, a padding from 0 to {}",
           stride, padding, std::int64_t{1} << 30);
    images = x[0], channels = x[1], height = x[2], width = x[3];
    outputs = w[0], kernel_height = w[2], kernel_width = w[3];
    const auto high = height + 2 * padding, wide = width + 2 * padding;
    if (kernel_height < 1 || kernel_width < 1 || high < kernel_height || wide < kernel_width)
      fail("conv2d: kernels of {} x {} do not fit into images of {} x {} with a padding of {}",
           kernel_height, kernel_width, height, width, padding);
    out_height = (high - kernel_height) / stride + 1;
    out_width = (wide - kernel_width) / stride + 1;
  }
  /// The way back, where the stride is 1: a convolution of the results with the kernels turned
  /// round and their channels exchanged.
  ConvolutionGeometry turned() const {
    ConvolutionGeometry t = *this;
    std::swap(t.channels, t.outputs);
    std::swap(t.height, t.out_height);
    std::swap(t.width, t.out_width);
    t.rows_around = kernel_height - 1 - rows_around;
    t.columns_around = kernel_width - 1 - columns_around;
    return t;
  }
  /// One image with its zeros in memory, or as many in lanes, where the stride is 1.
  ImageView padded(std::int64_t lanes = 1) const {
    return {channels,
            height + 2 * rows_around,
            std::max(width + columns_around, out_width) * lanes,
            outputs,
            kernel_height,
            kernel_width,
            out_height,
            out_width * lanes,
            lanes};
  }
  /// All images in lanes, without their zeros.
  ImageView in_lanes() const {
    return {channels,      height,       width * images, outputs,
            kernel_height, kernel_width, out_height,     out_width * images,
            images,        rows_around,  columns_around};
  }
  /// Of the results the first rows and columns alone, as many as an array of results has.
  ConvolutionGeometry first(const Shape& part) const {
    ConvolutionGeometry s = *this;
    s.out_height = std::min(out_height, part[2]);
    s.out_width = std::min(out_width, part[3]);
    return s;
  }
  bool has_zeros() const { return rows_around != 0 || columns_around != 0; }
  Shape result() const { return {images, outputs, out_height, out_width}; }
  std::int64_t kernel() const { return channels * kernel_height * kernel_width; }
  std::int64_t plane() const { return out_height * out_width; }
  /// How many numbers an image has, and its result.
  std::int64_t image_size() const { return channels * height * width; }
  std::int64_t result_size() const { return outputs * plane(); }
};

/// The same for kernels with a bias.
inline ConvolutionGeometry with_bias(const Shape& x, const Shape& w, const Shape& b,
                                     std::int64_t stride, std::int64_t padding) {
  const ConvolutionGeometry s(x, w, stride, padding);
  if (b != Shape{s.outputs})
    fail("conv2d: kernels of shape {} want a bias of one number each, not of shape {}", w, b);
  return s;
}

}  // namespace brickgrad
