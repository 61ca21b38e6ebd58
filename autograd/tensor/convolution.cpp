#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/tensor/convolution.hpp>
#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/structural.hpp>
#include <cmath>
#include <cstring>
#include <optional>

namespace brickgrad {
namespace {

/// The extents of a convolution, checked.
struct Geometry {
  std::int64_t images, channels, height, width;  // of the images
  std::int64_t outputs, kernel_height, kernel_width;
  std::int64_t out_height, out_width;
  std::int64_t stride, padding;
  std::int64_t lanes = 1;  // how many images are worked on as one

  Geometry(const Shape& x, const Shape& w, std::int64_t stride_, std::int64_t padding_)
      : stride(stride_), padding(padding_) {
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
  /// Where the stride is 1, images in lanes are one image with wide places.
  void put_in_lanes() {
    lanes = images;
    images = 1;
  }
  /// One image with its padding, where the stride is 1.
  ImageView padded() const {
    return {channels,
            height + 2 * padding,
            std::max(width + padding, out_width) * lanes,
            outputs,
            kernel_height,
            kernel_width,
            out_width * lanes,
            lanes};
  }
  /// The same for the image as the sum of results under the kernels turned round.
  ImageView turned() const {
    return {outputs,
            height + kernel_height - 1,
            std::max(out_width + kernel_width - 1 - padding, width),
            channels,
            kernel_height,
            kernel_width,
            width};
  }
  /// Both for images in lanes, which need no padding in memory.
  ImageView in_lanes() const {
    return {channels,          height, width * lanes, outputs, kernel_height, kernel_width,
            out_width * lanes, lanes,  padding,       padding};
  }
  ImageView turned_in_lanes() const {
    return {outputs,
            out_height,
            out_width * lanes,
            channels,
            kernel_height,
            kernel_width,
            width * lanes,
            lanes,
            kernel_height - 1 - padding,
            kernel_width - 1 - padding};
  }
  Shape result() const { return {images, outputs, out_height, out_width}; }
  std::int64_t kernel() const { return channels * kernel_height * kernel_width; }
  std::int64_t plane() const { return out_height * out_width; }
  /// How many numbers an image has, and its result.
  std::int64_t image_size() const { return channels * height * width * lanes; }
  std::int64_t result_size() const { return outputs * plane() * lanes; }
};

Geometry checked(const Shape& x, const Shape& w, const Shape& g, std::int64_t stride,
                 std::int64_t padding) {
  const Geometry s(x, w, stride, padding);
  if (g != s.result())
    fail("conv2d: results of shape {} do not belong to images of shape {} and kernels of shape {}",
         g, x, w);
  return s;
}

/// Calls f(begin, end) for parts of the images, on several threads when there is enough to do.
template <class F>
void for_images(const Geometry& s, const F& f) {
  const std::int64_t work = s.outputs * s.plane() * s.kernel() * s.lanes;
  parallel_for(s.images, 1 + (std::int64_t{1} << 19) / std::max<std::int64_t>(1, work), f);
}

/// Kernels read whole vectors, up to this many bytes beyond the end of an image.
constexpr std::int64_t slack = 64;

/// Copies a short row, without a call.
template <class T>
void copy_row(const T* from, std::int64_t n, T* to) {
  constexpr std::int64_t some = 16 / sizeof(T);
  if (n < some) {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i];
    return;
  }
  for (std::int64_t i = 0; i + some < n; i += some) std::memcpy(to + i, from + i, 16);
  std::memcpy(to + n - some, from + n - some, 16);
}

/// An image with `top` rows and `left` columns of zeros before it (fewer than none: cut off), in a
/// plane of the given view, with room after it.
template <class T>
class PaddedImage {
 public:
  /// For so many images, one after the other.
  PaddedImage(const ImageView& view, std::int64_t images)
      : channels_(images * view.channels),
        height_(view.height),
        width_(view.width),
        memory_(Tensor::zeros({channels_ * height_ * width_ + view.kernel_width * view.lanes +
                               slack / std::int64_t{sizeof(T)}},
                              dtype_of<T>)) {}
  const T* fill(const T* from, std::int64_t height, std::int64_t width, std::int64_t top,
                std::int64_t left) {
    T* to = static_cast<T*>(memory_.raw());
    const std::int64_t begin = std::max<std::int64_t>(0, -left),
                       end = std::min(width, width_ - left);
    for (std::int64_t c = 0; c < channels_; ++c)
      for (std::int64_t i = std::max<std::int64_t>(0, -top); i < std::min(height, height_ - top);
           ++i)
        if (begin < end)
          copy_row(from + (c * height + i) * width + begin, end - begin,
                   to + (c * height_ + i + top) * width_ + left + begin);
    return to;
  }

 private:
  std::int64_t channels_, height_, width_;
  Tensor memory_;
};

/// Calls f(column, image position or -1) for the kernel positions under each result position.
template <class F>
void for_columns(const Geometry& s, const F& f) {
  std::int64_t at = 0;
  for (std::int64_t c = 0; c < s.channels; ++c)
    for (std::int64_t k = 0; k < s.kernel_height; ++k)
      for (std::int64_t l = 0; l < s.kernel_width; ++l)
        for (std::int64_t i = 0; i < s.out_height; ++i)
          for (std::int64_t j = 0; j < s.out_width; ++j, ++at) {
            const auto row = i * s.stride + k - s.padding, column = j * s.stride + l - s.padding;
            const bool inside = row >= 0 && row < s.height && column >= 0 && column < s.width;
            f(at, inside ? (c * s.height + row) * s.width + column : -1);
          }
}

/// Calls f(image) for each image, where a stride is more than 1: products over columns, which are
/// the elements under each kernel position side by side.
template <class T>
Tensor columns_of(const Geometry& s, const T* image) {
  Tensor columns = Tensor::empty({s.kernel(), s.plane()}, dtype_of<T>);
  T* to = static_cast<T*>(columns.raw());
  for_columns(s,
              [&](std::int64_t at, std::int64_t from) { to[at] = from < 0 ? T(0) : image[from]; });
  return columns;
}

/// Weights that an image in lanes may leave out at its edges, where it has no zeros around it:
/// those that are finite.
bool may_leave_out(const Tensor& weights) {
  return std::isfinite(kernels().of(weights.dtype()).sum(weights.numel(), weights.raw()));
}

}  // namespace

Shape convolved_shape(const Shape& x, const Shape& w, const Shape& b, std::int64_t stride,
                      std::int64_t padding) {
  const Geometry s(x, w, stride, padding);
  if (b != Shape{s.outputs})
    fail("conv2d: kernels of shape {} want a bias of one number each, not of shape {}", w, b);
  return s.result();
}

Tensor convolved(const Tensor& images, const Tensor& kernels_, const Tensor& bias,
                 std::int64_t stride, std::int64_t padding) {
  const Shape shape =
      convolved_shape(images.shape(), kernels_.shape(), bias.shape(), stride, padding);
  Geometry s(images.shape(), kernels_.shape(), stride, padding);
  const Tensor w = kernels_.contiguous(), b = bias.contiguous();
  const bool in_lanes =
      stride == 1 && s.channels > 0 && are_in_lanes(images) && (padding == 0 || may_leave_out(w));
  if (in_lanes) s.put_in_lanes();
  const Tensor x = in_lanes ? images : images.contiguous();
  Tensor y = in_lanes ? empty_in_lanes(shape, x.dtype()) : Tensor::empty(shape, x.dtype());
  if (y.numel() == 0) return y;
  with_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T *from = static_cast<const T*>(x.raw()), *weight = static_cast<const T*>(w.raw());
    T* to = static_cast<T*>(y.raw());
    const std::int64_t step = s.image_size(), out = s.result_size();
    if (in_lanes) return kernels().of(x.dtype()).convolve(s.in_lanes(), from, weight, b.raw(), to);
    if (stride == 1 && s.channels > 0) {
      const ImageView view = s.padded();
      for_images(s, [&](std::int64_t begin, std::int64_t end) {
        PaddedImage<T> padded(view, 1);
        for (std::int64_t n = begin; n < end; ++n) {
          const T* image = from + n * step;
          // Without padding it is used where it is, when there is something to read after it.
          if (padding > 0 || (s.images - n - 1) * step * std::int64_t{sizeof(T)} < slack)
            image = padded.fill(image, s.height, s.width, padding, padding);
          kernels().of(x.dtype()).convolve(view, image, weight, b.raw(), to + n * out);
        }
      });
      return;
    }
    const Tensor rows = w.view({s.outputs, s.kernel()}, {s.kernel(), 1});
    for (std::int64_t n = 0; n < s.images; ++n, from += step, to += out) {
      for (std::int64_t o = 0; o < s.outputs; ++o)
        std::fill_n(to + o * s.plane(), s.plane(), static_cast<const T*>(b.raw())[o]);
      Product(rows, columns_of(s, from)).compute(to, x.dtype(), true);
    }
  });
  return y;
}

Tensor convolution_input(const Tensor& results, const Tensor& kernels_, const Shape& shape,
                         std::int64_t stride, std::int64_t padding) {
  Geometry s = checked(shape, kernels_.shape(), results.shape(), stride, padding);
  const Tensor w = kernels_.contiguous();
  const bool in_lanes = stride == 1 && are_in_lanes(results) && may_leave_out(w);
  if (in_lanes) s.put_in_lanes();
  const Tensor g = in_lanes ? results : results.contiguous();
  if (shape.numel() == 0 || g.numel() == 0) return Tensor::zeros(shape, g.dtype());
  // A stride leaves places out.
  Tensor x = in_lanes      ? empty_in_lanes(shape, g.dtype())
             : stride == 1 ? Tensor::empty(shape, g.dtype())
                           : Tensor::zeros(shape, g.dtype());
  with_dtype(g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T *from = static_cast<const T*>(g.raw()), *weight = static_cast<const T*>(w.raw());
    T* to = static_cast<T*>(x.raw());
    const std::int64_t step = s.image_size(), out = s.result_size();
    if (stride == 1) {
      // A convolution of the results with the kernels turned round and their channels exchanged.
      Tensor turned = Tensor::empty(w.shape(), w.dtype());
      T* t = static_cast<T*>(turned.raw());
      const std::int64_t area = s.kernel_height * s.kernel_width;
      for (std::int64_t o = 0; o < s.outputs; ++o)
        for (std::int64_t c = 0; c < s.channels; ++c)
          std::reverse_copy(weight + (o * s.channels + c) * area,
                            weight + (o * s.channels + c + 1) * area,
                            t + (c * s.outputs + o) * area);
      if (in_lanes)
        return kernels().of(g.dtype()).convolve(s.turned_in_lanes(), from, t, nullptr, to);
      const ImageView view = s.turned();
      const std::int64_t top = s.kernel_height - 1 - padding, left = s.kernel_width - 1 - padding;
      for_images(s, [&](std::int64_t begin, std::int64_t end) {
        PaddedImage<T> padded(view, 1);
        for (std::int64_t n = begin; n < end; ++n)
          kernels().of(g.dtype()).convolve(
              view, padded.fill(from + n * out, s.out_height, s.out_width, top, left), t, nullptr,
              to + n * step);
      });
      return;
    }
    const Tensor rows = w.view({s.kernel(), s.outputs}, {1, s.kernel()});
    for (std::int64_t n = 0; n < s.images; ++n, from += out, to += step) {
      const Tensor one = Tensor::borrow(const_cast<T*>(from), {s.outputs, s.plane()}, g.dtype());
      const Tensor columns = Product(rows, one);
      const T* column = static_cast<const T*>(columns.raw());
      for_columns(s, [&](std::int64_t at, std::int64_t place) {
        if (place >= 0) to[place] += column[at];
      });
    }
  });
  return x;
}

Tensor convolution_weight(const Tensor& images, const Tensor& results, const Shape& shape,
                          std::int64_t stride, std::int64_t padding) {
  Geometry s = checked(images.shape(), shape, results.shape(), stride, padding);
  const bool in_lanes = stride == 1 && are_in_lanes(images);
  if (in_lanes) s.put_in_lanes();
  const Tensor x = in_lanes ? images : images.contiguous(),
               g = in_lanes ? into_lanes(results) : results.contiguous();
  const std::int64_t count = shape.numel();
  if (count == 0 || g.numel() == 0) return Tensor::zeros(shape, x.dtype());
  return with_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T *from = static_cast<const T*>(x.raw()), *gradient = static_cast<const T*>(g.raw());
    const std::int64_t step = s.image_size(), out = s.result_size();
    if (stride == 1) {
      const ImageView view = s.padded();
      // Groups of images have sums of their own, however many threads there are.
      const std::int64_t groups = std::clamp<std::int64_t>(s.images / 4, 1, 8);
      const Tensor sums = Tensor::zeros({groups, count}, x.dtype());
      parallel_for(groups, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t group = begin; group < end; ++group) {
          const std::int64_t first = s.images * group / groups,
                             last = s.images * (group + 1) / groups;
          // Images without padding are used where they are.
          std::optional<PaddedImage<T>> padded;
          const T* start = from + first * step;
          if (padding > 0) {
            padded.emplace(view, last - first);
            start = padded->fill(start, s.height, s.width * s.lanes, padding, padding * s.lanes);
          }
          kernels().of(x.dtype()).correlate(view, last - first, start, gradient + first * out,
                                            static_cast<T*>(sums.raw()) + group * count);
        }
      });
      return reshaped(reduce_sum(sums, {true}, false), shape);
    }
    Tensor w = Tensor::zeros(shape, x.dtype());
    for (std::int64_t n = 0; n < s.images; ++n, from += step, gradient += out) {
      const Tensor one =
          Tensor::borrow(const_cast<T*>(gradient), {s.outputs, s.plane()}, g.dtype());
      Product(one, columns_of(s, from).swapped()).compute(w.raw(), x.dtype(), true);
    }
    return w;
  });
}

}  // namespace brickgrad
