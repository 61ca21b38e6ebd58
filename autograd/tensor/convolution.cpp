#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/tensor/convolution.hpp>
#include <autograd/tensor/convolution_geometry.hpp>
#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/structural.hpp>
#include <cmath>
#include <cstring>
#include <optional>

namespace brickgrad {
namespace {

using Geometry = ConvolutionGeometry;

/// With results, checked: while lanes are kept, maybe the first rows and columns of them alone.
Geometry with_results(const Shape& x, const Shape& w, const Tensor& results, std::int64_t stride,
                      std::int64_t padding) {
  Geometry s(x, w, stride, padding);
  const Shape& g = results.shape();
  if (KeepLanes::any() && g.rank() == 4) s = s.first(g);
  if (g != s.result())
    fail("conv2d: results of shape {} do not belong to images of shape {} and kernels of shape {}",
         g, x, w);
  return s;
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

/// An image among zeros in a plane of the given view, with room after it.
template <class T>
class PaddedImage {
 public:
  /// For `images` of a geometry, one after the other, each of which is as many in lanes.
  PaddedImage(const Geometry& s, std::int64_t images, std::int64_t lanes)
      : view_(s.padded(lanes)),
        channels_(images * s.channels),
        height_(s.height),
        width_(s.width * lanes),
        top_(s.rows_around),
        left_(s.columns_around * lanes),
        memory_(Tensor::zeros({channels_ * view_.height * view_.width + view_.kernel_width * lanes +
                               slack / std::int64_t{sizeof(T)}},
                              dtype_of<T>)) {}
  const T* fill(const T* from) {
    T* to = static_cast<T*>(memory_.raw());
    const std::int64_t begin = std::max<std::int64_t>(0, -left_),
                       end = std::min(width_, view_.width - left_);
    for (std::int64_t c = 0; c < channels_; ++c)
      for (std::int64_t i = std::max<std::int64_t>(0, -top_);
           i < std::min(height_, view_.height - top_); ++i)
        if (begin < end)
          copy_row(from + (c * height_ + i) * width_ + begin, end - begin,
                   to + (c * view_.height + i + top_) * view_.width + left_ + begin);
    return to;
  }

 private:
  ImageView view_;
  std::int64_t channels_, height_, width_, top_, left_;
  Tensor memory_;
};

/// Each image with stride 1, on several threads when there is enough to do; the bias may be null.
template <class T>
void convolve_each(const Geometry& s, const Tensor& images, const T* weight, const T* bias,
                   const Tensor& results) {
  const Routines& routines = kernels().of(dtype_of<T>);
  const T* from = static_cast<const T*>(images.raw());
  T* to = static_cast<T*>(results.raw());
  const std::int64_t work = s.result_size() * s.kernel(), step = s.image_size();
  const ImageView view = s.padded();
  parallel_for(s.images, 1 + products_worth_a_thread / std::max<std::int64_t>(1, work),
               [&](std::int64_t begin, std::int64_t end) {
                 PaddedImage<T> padded(s, 1, 1);
                 for (std::int64_t n = begin; n < end; ++n) {
                   const T* image = from + n * step;
                   // Without zeros it is used where it is, when there is something to read after
                   // it.
                   if (s.has_zeros() || (s.images - n - 1) * step * std::int64_t{sizeof(T)} < slack)
                     image = padded.fill(image);
                   routines.convolve(view, image, weight, bias, to + n * s.result_size());
                 }
               });
}

/// All images at once, which are in lanes, with stride 1.
Tensor convolved_in_lanes(const Geometry& s, const Tensor& images, const void* weight,
                          const void* bias) {
  Tensor y = empty_in_lanes(s.result(), images.dtype());
  kernels().of(images.dtype()).convolve(s.in_lanes(), images.raw(), weight, bias, y.raw());
  return y;
}

/// Results with zeros after them, where they are the first rows and columns alone.
Tensor filled_up(const Tensor& results, const Shape& shape) {
  const Shape& part = results.shape();
  if (part == shape) return results.contiguous();
  const Tensor wide = embedded(results, {part[0], part[1], part[2], shape[3]}, 3, 0, 1);
  return embedded(wide, shape, 2, 0, 1);
}

/// Calls f(column, image position or -1) for the kernel positions under each result position.
template <class F>
void for_columns(const Geometry& s, const F& f) {
  std::int64_t at = 0;
  for (std::int64_t c = 0; c < s.channels; ++c)
    for (std::int64_t k = 0; k < s.kernel_height; ++k)
      for (std::int64_t l = 0; l < s.kernel_width; ++l)
        for (std::int64_t i = 0; i < s.out_height; ++i)
          for (std::int64_t j = 0; j < s.out_width; ++j, ++at) {
            const auto row = i * s.stride + k - s.rows_around,
                       column = j * s.stride + l - s.columns_around;
            const bool inside = row >= 0 && row < s.height && column >= 0 && column < s.width;
            f(at, inside ? (c * s.height + row) * s.width + column : -1);
          }
}

/// Where a stride is more than 1, a convolution is products over columns: the elements under each
/// kernel position side by side.
template <class T>
Tensor columns_of(const Geometry& s, const T* image) {
  Tensor columns = Tensor::empty({s.kernel(), s.plane()}, dtype_of<T>);
  T* to = static_cast<T*>(columns.raw());
  for_columns(s,
              [&](std::int64_t at, std::int64_t from) { to[at] = from < 0 ? T(0) : image[from]; });
  return columns;
}

/// Factors of zeros that may be left out, as an image in lanes does at its edges, where it has no
/// zeros around it: those that are finite, as all are of a finite sum.
bool may_leave_out(const Tensor& factors) {
  const Tensor all = are_in_lanes(factors) ? factors : factors.contiguous();
  return std::isfinite(kernels().of(all.dtype()).sum(all.numel(), all.raw()));
}

/// Results and the geometry that has them. A part of them is as good as all, the others being
/// zeros, where these would be multiplied by finite numbers.
std::pair<Geometry, Tensor> results_beside(const Tensor& factors, const Shape& x, const Shape& w,
                                           const Tensor& results, std::int64_t stride,
                                           std::int64_t padding) {
  const Geometry s = with_results(x, w, results, stride, padding), all(x, w, stride, padding);
  if (s.result() == all.result() || may_leave_out(factors)) return {s, results};
  return {all, filled_up(results, all.result())};
}

/// (O, C, KH, KW) with the kernels turned round, (C, O, KH, KW).
template <class T>
Tensor turned_round(const Geometry& s, const Tensor& w) {
  Tensor turned = Tensor::empty(w.shape(), w.dtype());
  const T* from = static_cast<const T*>(w.raw());
  T* to = static_cast<T*>(turned.raw());
  const std::int64_t area = s.kernel_height * s.kernel_width;
  for (std::int64_t o = 0; o < s.outputs; ++o)
    for (std::int64_t c = 0; c < s.channels; ++c, from += area)
      std::reverse_copy(from, from + area, to + (c * s.outputs + o) * area);
  return turned;
}

/// The same three for any stride: see convolved(), convolution_input(), convolution_weight().
template <class T>
void convolve_by_columns(const Geometry& s, const Tensor& x, const Tensor& w, const T* bias,
                         const Tensor& y) {
  const Tensor rows = w.as_strided({s.outputs, s.kernel()}, {s.kernel(), 1});
  const T* from = static_cast<const T*>(x.raw());
  T* to = static_cast<T*>(y.raw());
  for (std::int64_t n = 0; n < s.images; ++n, from += s.image_size(), to += s.result_size()) {
    for (std::int64_t o = 0; o < s.outputs; ++o)
      std::fill_n(to + o * s.plane(), s.plane(), bias[o]);
    Product(rows, columns_of(s, from)).compute(to, x.dtype(), true);
  }
}

/// x is full of zeros.
template <class T>
void spread_by_columns(const Geometry& s, const Tensor& g, const Tensor& w, const Tensor& x) {
  const Tensor rows = w.as_strided({s.kernel(), s.outputs}, {1, s.kernel()});
  T *from = static_cast<T*>(g.raw()), *to = static_cast<T*>(x.raw());
  for (std::int64_t n = 0; n < s.images; ++n, from += s.result_size(), to += s.image_size()) {
    const Tensor columns = Product(rows, Tensor::borrow(from, {s.outputs, s.plane()}, g.dtype()));
    const T* column = static_cast<const T*>(columns.raw());
    for_columns(s, [&](std::int64_t at, std::int64_t place) {
      if (place >= 0) to[place] += column[at];
    });
  }
}

template <class T>
Tensor correlate_by_columns(const Geometry& s, const Tensor& x, const Tensor& g,
                            const Shape& shape) {
  Tensor w = Tensor::zeros(shape, x.dtype());
  const T* from = static_cast<const T*>(x.raw());
  T* gradient = static_cast<T*>(g.raw());
  for (std::int64_t n = 0; n < s.images; ++n, from += s.image_size(), gradient += s.result_size()) {
    const Tensor one = Tensor::borrow(gradient, {s.outputs, s.plane()}, g.dtype());
    Product(one, columns_of(s, from).swapped()).compute(w.raw(), x.dtype(), true);
  }
  return w;
}

/// With stride 1.
template <class T>
Tensor correlate_each(const Geometry& s, const Tensor& x, const Tensor& g, const Shape& shape) {
  const T *from = static_cast<const T*>(x.raw()), *gradient = static_cast<const T*>(g.raw());
  // Groups of images have sums of their own, however many threads there are.
  const std::int64_t groups = std::clamp<std::int64_t>(s.images / 4, 1, 8), count = shape.numel();
  const Tensor sums = Tensor::zeros({groups, count}, x.dtype());
  parallel_for(groups, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t group = begin; group < end; ++group) {
      const std::int64_t first = s.images * group / groups, last = s.images * (group + 1) / groups;
      // Images without padding are used where they are.
      std::optional<PaddedImage<T>> padded;
      const T* start = from + first * s.image_size();
      if (s.has_zeros()) start = padded.emplace(s, last - first, 1).fill(start);
      kernels().of(x.dtype()).correlate(s.padded(), last - first, start,
                                        gradient + first * s.result_size(),
                                        static_cast<T*>(sums.raw()) + group * count);
    }
  });
  return reshaped(reduce_sum(sums, {true}, false), shape);
}

/// The same of images in lanes; of gradients there may be those of some places alone.
template <class T>
Tensor correlate_in_lanes(const Geometry& s, const Tensor& x, const Selection& g,
                          const Shape& shape) {
  Tensor w = Tensor::zeros(shape, x.dtype());
  std::optional<PaddedImage<T>> padded;
  const T* start = static_cast<const T*>(x.raw());
  if (s.has_zeros()) start = padded.emplace(s, 1, s.images).fill(start);
  kernels().of(x.dtype()).correlate_lanes(s.padded(s.images), start, g.values.raw(), g.places.raw(),
                                          w.raw());
  return w;
}

}  // namespace

Shape convolved_shape(const Shape& x, const Shape& w, const Shape& b, std::int64_t stride,
                      std::int64_t padding) {
  return with_bias(x, w, b, stride, padding).result();
}

Tensor convolved(const Tensor& images, const Tensor& kernels_, const Tensor& bias,
                 std::int64_t stride, std::int64_t padding, const Shape* part) {
  const Geometry s = with_bias(images.shape(), kernels_.shape(), bias.shape(), stride, padding);
  const Tensor w = kernels_.contiguous(), b = bias.contiguous();
  if (stride == 1 && s.channels > 0 && are_in_lanes(images) && (!s.has_zeros() || may_leave_out(w)))
    return convolved_in_lanes(part ? s.first(*part) : s, images, w.raw(), b.raw());
  const Tensor x = images.contiguous();
  Tensor y = Tensor::empty(s.result(), x.dtype());
  if (y.numel() == 0) return y;
  with_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* row = static_cast<const T*>(b.raw());
    if (stride == 1 && s.channels > 0)
      convolve_each(s, x, static_cast<const T*>(w.raw()), row, y);
    else
      convolve_by_columns(s, x, w, row, y);
  });
  return y;
}

Tensor convolution_input(const Tensor& results, const Tensor& kernels_, const Shape& shape,
                         std::int64_t stride, std::int64_t padding) {
  const Tensor w = kernels_.contiguous();
  const auto [s, g] = results_beside(w, shape, w.shape(), results, stride, padding);
  if (shape.numel() == 0 || g.numel() == 0) return Tensor::zeros(shape, g.dtype());
  return with_dtype(g.dtype(), [&, &s = s, &g = g](auto zero) {
    using T = decltype(zero);
    if (stride > 1) {  // which leaves places out
      Tensor x = Tensor::zeros(shape, g.dtype());
      spread_by_columns<T>(s, g.contiguous(), w, x);
      return x;
    }
    const Tensor turned = turned_round<T>(s, w);
    if (are_in_lanes(g) && may_leave_out(w))
      return convolved_in_lanes(s.turned(), g, turned.raw(), nullptr);
    Tensor x = Tensor::empty(shape, g.dtype());
    const Geometry all(shape, w.shape(), stride, padding);
    convolve_each<T>(all.turned(), filled_up(g, all.result()), static_cast<const T*>(turned.raw()),
                     nullptr, x);
    return x;
  });
}

Tensor convolution_weight(const Tensor& images, const Tensor& results, const Shape& shape,
                          std::int64_t stride, std::int64_t padding) {
  const auto [s, g] = results_beside(images, images.shape(), shape, results, stride, padding);
  if (shape.numel() == 0 || g.numel() == 0) return Tensor::zeros(shape, images.dtype());
  return with_dtype(images.dtype(), [&, &s = s, &g = g](auto zero) {
    using T = decltype(zero);
    if (stride == 1 && are_in_lanes(images))
      return correlate_in_lanes<T>(s, images, {into_lanes(g), {}}, shape);
    const Tensor x = images.contiguous(), all = g.contiguous();
    return stride == 1 ? correlate_each<T>(s, x, all, shape)
                       : correlate_by_columns<T>(s, x, all, shape);
  });
}

Tensor convolution_weight(const Tensor& images, const Selection& results, const Shape& shape,
                          std::int64_t stride, std::int64_t padding) {
  const Geometry all(images.shape(), shape, stride, padding);
  const Shape part = under_windows(all.result());
  if (stride > 1 || !are_in_lanes(images) || !are_in_lanes(results.places) ||
      (part != all.result() && !may_leave_out(images)))
    return convolution_weight(images, unselect_maxima(results.values, results.places, part), shape,
                              stride, padding);
  const Geometry s = all.first(part);
  return with_dtype(images.dtype(), [&](auto zero) {
    return correlate_in_lanes<decltype(zero)>(s, images,
                                              {into_lanes(results.values), results.places}, shape);
  });
}

}  // namespace brickgrad
