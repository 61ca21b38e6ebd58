#include <autograd/error.hpp>
#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/pooling.hpp>
#include <autograd/tensor/rows.hpp>
#include <cmath>

namespace brickgrad {
namespace {

/// Calls f(result position, position of the maximum of its window in x).
template <class T, class F>
void for_windows(const Tensor& x, std::int64_t size, const F& f) {
  const T* p = static_cast<const T*>(x.raw());
  const std::int64_t height = x.shape()[2], width = x.shape()[3];
  const std::int64_t planes = x.shape()[0] * x.shape()[1];
  std::int64_t at = 0;
  for (std::int64_t plane = 0; plane < planes; ++plane)
    for (std::int64_t i = 0; i + size <= height; i += size)
      for (std::int64_t j = 0; j + size <= width; j += size, ++at) {
        std::int64_t best = (plane * height + i) * width + j;
        for (std::int64_t k = 0; k < size; ++k)
          for (std::int64_t l = 0; l < size; ++l) {
            const std::int64_t here = (plane * height + i + k) * width + j + l;
            // The first of equal ones; a NaN is kept.
            if (p[here] > p[best] || (std::isnan(p[here]) && !std::isnan(p[best]))) best = here;
          }
        f(at, best);
      }
}

/// Calls f(position of the first element, position of the first window of 2 x 2) for all planes;
/// there is one a channel of images in lanes.
template <class F>
void for_planes(const Shape& x, bool in_lanes, const F& f) {
  const std::int64_t lanes = in_lanes ? x[0] : 1;
  const std::int64_t size = x[2] * x[3] * lanes, windows = (x[2] / 2) * (x[3] / 2) * lanes;
  for_rows(x[0] * x[1] / lanes, size, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) f(i * size, i * windows);
  });
}

/// Memory for results on images like these.
Tensor empty_beside(const Tensor& images, const Shape& shape) {
  return are_in_lanes(images) ? empty_in_lanes(shape, images.dtype())
                              : Tensor::empty(shape, images.dtype());
}

/// The maxima of windows of 2 x 2, with their places or without.
Selection maxima(const Tensor& images, bool with_places) {
  const bool in_lanes = are_in_lanes(images);
  const Tensor x = in_lanes ? images : images.contiguous();
  const Shape shape = pooled_shape(x.shape(), 2);
  Selection s{empty_beside(x, shape), {}};
  if (with_places) s.places = empty_beside(x, shape);
  const Routines& routines = kernels().of(x.dtype());
  const auto pool = in_lanes ? routines.max_pool_lanes : routines.max_pool;
  with_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = static_cast<const T*>(x.raw());
    T *to = static_cast<T*>(s.values.raw()), *places = static_cast<T*>(s.places.raw());
    for_planes(x.shape(), in_lanes, [&](std::int64_t at, std::int64_t window) {
      pool(x.shape()[2], x.shape()[3], from + at, to + window, places ? places + window : nullptr);
    });
  });
  return s;
}

}  // namespace

Shape pooled_shape(const Shape& x, std::int64_t size) {
  if (x.rank() != 4)
    fail("max_pool2d: images of shape {} are not (images, channels, height, width)", x);
  if (size < 1) fail("max_pool2d: a window of {} has no elements; it must be at least 1", size);
  if (size > x[2] || size > x[3])
    fail("max_pool2d: windows of {} x {} do not fit into images of {} x {}", size, size, x[2],
         x[3]);
  return {x[0], x[1], x[2] / size, x[3] / size};
}

Shape under_windows(const Shape& x) { return {x[0], x[1], x[2] / 2 * 2, x[3] / 2 * 2}; }

Selection select_maxima(const Tensor& x) { return maxima(x, true); }

Tensor unselect_maxima(const Tensor& g, const Tensor& places, const Shape& shape) {
  const bool in_lanes = are_in_lanes(places);
  const Tensor values = in_lanes ? into_lanes(g) : g.contiguous();
  Tensor out = empty_beside(places, shape);
  const Routines& routines = kernels().of(g.dtype());
  const auto unpool = in_lanes ? routines.max_unpool_lanes : routines.max_unpool;
  with_dtype(g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T *where = static_cast<const T*>(places.raw()),
            *from = static_cast<const T*>(values.raw());
    T* to = static_cast<T*>(out.raw());
    for_planes(shape, in_lanes, [&](std::int64_t at, std::int64_t window) {
      unpool(shape[2], shape[3], where + window, from + window, to + at);
    });
  });
  return out;
}

Tensor pooled(const Tensor& v, const Tensor& x, std::int64_t size) {
  const Shape shape = pooled_shape(x.shape(), size);
  if (v.shape() != x.shape()) fail("max_pool2d: shapes {} and {} differ", v.shape(), x.shape());
  if (size == 2 && v.raw() == x.raw() && v.strides() == x.strides()) return maxima(x, false).values;
  Tensor out = Tensor::empty(shape, v.dtype());
  const Tensor values = v.contiguous(), by = x.contiguous();
  with_dtype(v.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = static_cast<const T*>(values.raw());
    T* to = static_cast<T*>(out.raw());
    for_windows<T>(by, size, [&](std::int64_t at, std::int64_t best) { to[at] = from[best]; });
  });
  return out;
}

Tensor unpooled(const Tensor& g, const Tensor& x, std::int64_t size) {
  if (g.shape() != pooled_shape(x.shape(), size))
    fail("max_pool2d: results of shape {} do not belong to images of shape {}", g.shape(),
         x.shape());
  if (size == 2) return unselect_maxima(g, maxima(x, true).places, x.shape());
  Tensor out = Tensor::zeros(x.shape(), g.dtype());
  const Tensor values = g.contiguous(), by = x.contiguous();
  with_dtype(g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = static_cast<const T*>(values.raw());
    T* to = static_cast<T*>(out.raw());
    for_windows<T>(by, size, [&](std::int64_t at, std::int64_t best) { to[best] += from[at]; });
  });
  return out;
}

}  // namespace brickgrad
