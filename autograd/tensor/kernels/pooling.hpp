// Maxima of windows of 2 x 2, a vector of windows at a time: two rows are taken apart into their
// even and odd columns. Of equal elements the first one is the maximum, and a NaN is.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels/batch.hpp>
#include <utility>

namespace brickgrad::lanes {

template <class T>
using Lanes = std::make_integer_sequence<int, Batch<T>::width>;

/// Of 2 n numbers from p on (those beyond are 1) the even ones and the odd ones.
template <class T>
struct Columns {
  Batch<T> even, odd;
  Columns(const T* p, int n) {
    constexpr int width = Batch<T>::width;
    if (n == width)
      split(Batch<T>::load(p), Batch<T>::load(p + width), Lanes<T>{});
    else if (2 * n > width)
      split(Batch<T>::load(p), Batch<T>::load_first(p + width, 2 * n - width), Lanes<T>{});
    else
      split(Batch<T>::load_first(p, 2 * n), Batch<T>(1), Lanes<T>{});
  }
  template <int... I>
  void split(Batch<T> a, Batch<T> b, std::integer_sequence<int, I...>) {
    even.v = __builtin_shufflevector(a.v, b.v, (2 * I)...);
    odd.v = __builtin_shufflevector(a.v, b.v, (2 * I + 1)...);
  }
};

/// Writes n pairs of an even and an odd column.
template <class T, int... I>
void store_columns(Batch<T> even, Batch<T> odd, T* p, int n, std::integer_sequence<int, I...>) {
  constexpr int width = Batch<T>::width;
  const Batch<T> low = __builtin_shufflevector(even.v, odd.v, (I / 2 + I % 2 * width)...),
                 high =
                     __builtin_shufflevector(even.v, odd.v, (width / 2 + I / 2 + I % 2 * width)...);
  const auto put = [](Batch<T> b, T* to, int count) {
    if (count >= width)
      b.store(to);
    else if (count > 0)
      b.store_first(to, count);
  };
  put(low, p, 2 * n);
  put(high, p + width, 2 * n - width);
}

/// Where b takes the place of a.
template <class T>
Mask<T> is_larger(Batch<T> b, Batch<T> a) {
  // Only a NaN differs from itself.  NOLINTNEXTLINE(misc-redundant-expression)
  return {(b > a).v | ((b != b).v & (a == a).v)};
}

/// The maxima of the windows of two rows.
template <class T>
void max_pool_pair(std::int64_t n, const T* top, const T* bottom, T* y) {
  using B = Batch<T>;
  for (std::int64_t j = 0; j < n; j += B::width) {
    const int count = static_cast<int>(n - j < B::width ? n - j : B::width);
    const Columns<T> above(top + 2 * j, count), below(bottom + 2 * j, count);
    const B upper = where(is_larger(above.odd, above.even), above.odd, above.even),
            lower = where(is_larger(below.odd, below.even), below.odd, below.even),
            best = where(is_larger(lower, upper), lower, upper);
    if (count == B::width)
      best.store(y + j);
    else
      best.store_first(y + j, count);
  }
}

/// The gradients where the maxima are, and zeros elsewhere.
template <class T>
void max_unpool_pair(std::int64_t n, const T* top, const T* bottom, const T* g, T* d_top,
                     T* d_bottom) {
  using B = Batch<T>;
  const B zero(0);
  for (std::int64_t j = 0; j < n; j += B::width) {
    const int count = static_cast<int>(n - j < B::width ? n - j : B::width);
    const Columns<T> above(top + 2 * j, count), below(bottom + 2 * j, count);
    const B flow = count == B::width ? B::load(g + j) : B::load_first(g + j, count);
    const auto right = is_larger(above.odd, above.even), low = is_larger(below.odd, below.even);
    const B upper = where(right, above.odd, above.even), lower = where(low, below.odd, below.even);
    const auto down = is_larger(lower, upper);
    const B to_upper = where(down, zero, flow), to_lower = where(down, flow, zero);
    store_columns(where(right, zero, to_upper), where(right, to_upper, zero), d_top + 2 * j, count,
                  Lanes<T>{});
    store_columns(where(low, zero, to_lower), where(low, to_lower, zero), d_bottom + 2 * j, count,
                  Lanes<T>{});
  }
}

template <class T>
void max_pool(std::int64_t height, std::int64_t width, const void* image, void* out) {
  const T* x = static_cast<const T*>(image);
  T* y = static_cast<T*>(out);
  for (std::int64_t i = 0; i + 2 <= height; i += 2, x += 2 * width, y += width / 2)
    max_pool_pair(width / 2, x, x + width, y);
}

template <class T>
void max_unpool(std::int64_t height, std::int64_t width, const void* image, const void* gradient,
                void* d_image) {
  const T *x = static_cast<const T*>(image), *g = static_cast<const T*>(gradient);
  T* d = static_cast<T*>(d_image);
  for (std::int64_t i = 0; i + 2 <= height; i += 2, x += 2 * width, d += 2 * width) {
    max_unpool_pair(width / 2, x, x + width, g, d, d + width);
    if (width % 2) d[width - 1] = d[2 * width - 1] = 0;
    g += width / 2;
  }
  if (height % 2) std::fill_n(d, width, T(0));
}

}  // namespace brickgrad::lanes
