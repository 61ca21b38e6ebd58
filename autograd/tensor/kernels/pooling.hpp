// Maxima of windows of 2 x 2, a vector of windows at a time: two rows are taken apart into their
// even and odd columns. Of equal elements the first one is the maximum, and a NaN is.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels/batch.hpp>
#include <utility>

namespace brickgrad::lanes {

template <class T>
using Lanes = std::make_integer_sequence<int, Batch<T>::width>;

/// The even and the odd ones of two vectors of numbers.
template <class T>
struct Columns {
  Batch<T> even, odd;
  /// From p on; what does not lie before `end` is 1.
  Columns(const T* p, const T* end) {
    constexpr int width = Batch<T>::width;
    const std::int64_t count = end - p;
    if (count >= 2 * width)
      split(Batch<T>::load(p), Batch<T>::load(p + width), Lanes<T>{});
    else if (count > width)
      split(Batch<T>::load(p), Batch<T>::load_first(p + width, static_cast<int>(count) - width),
            Lanes<T>{});
    else
      split(Batch<T>::load_first(p, static_cast<int>(count)), Batch<T>(1), Lanes<T>{});
  }
  template <int... I>
  void split(Batch<T> a, Batch<T> b, std::integer_sequence<int, I...>) {
    even.v = __builtin_shufflevector(a.v, b.v, (2 * I)...);
    odd.v = __builtin_shufflevector(a.v, b.v, (2 * I + 1)...);
  }
};

/// Writes as much of a vector as lies before `end`.
template <class T>
void store_before(Batch<T> b, T* p, const T* end) {
  if (end - p >= Batch<T>::width)
    b.store(p);
  else if (end > p)
    b.store_first(p, static_cast<int>(end - p));
}

/// Writes pairs of an even and an odd column, as many as lie before `end`.
template <class T, int... I>
void store_columns(Batch<T> even, Batch<T> odd, T* p, const T* end,
                   std::integer_sequence<int, I...>) {
  constexpr int width = Batch<T>::width;
  const Batch<T> low = __builtin_shufflevector(even.v, odd.v, (I / 2 + I % 2 * width)...),
                 high =
                     __builtin_shufflevector(even.v, odd.v, (width / 2 + I / 2 + I % 2 * width)...);
  store_before(low, p, end);
  store_before(high, p + width, end);
}

/// Where b takes the place of a.
template <class T>
Mask<T> is_larger(Batch<T> b, Batch<T> a) {
  // Only a NaN differs from itself.  NOLINTNEXTLINE(misc-redundant-expression)
  return {~(a >= b).v & (a == a).v};
}

/// The windows of two rows, and which of their elements are the largest.
template <class T>
struct Windows {
  using B = Batch<T>;
  Columns<T> above, below;
  Mask<T> right, low, down;  // of the upper two, of the lower two, of both
  B largest;
  Windows(const T* top, const T* bottom, const T* end)
      : above(top, end),
        below(bottom, end),
        right(is_larger(above.odd, above.even)),
        low(is_larger(below.odd, below.even)) {
    const B upper = where(right, above.odd, above.even), lower = where(low, below.odd, below.even);
    down = is_larger(lower, upper);
    largest = where(down, lower, upper);
  }
};

// Whole vectors are read and written beyond the windows of a row, where that is within the plane:
// what is written there too early is written again, as rows follow each other.

template <class T>
void max_pool(std::int64_t height, std::int64_t width, const void* image, void* out) {
  const T *x = static_cast<const T*>(image), *x_end = x + height * width;
  T* y = static_cast<T*>(out);
  const T* y_end = y + (height / 2) * (width / 2);
  for (std::int64_t i = 0; i + 2 <= height; i += 2, x += 2 * width, y += width / 2)
    for (std::int64_t j = 0; j < width / 2; j += Batch<T>::width)
      store_before(Windows<T>(x + 2 * j, x + width + 2 * j, x_end).largest, y + j, y_end);
}

/// The gradients where the maxima are, and zeros elsewhere.
template <class T>
void max_unpool(std::int64_t height, std::int64_t width, const void* image, const void* gradient,
                void* d_image) {
  using B = Batch<T>;
  const T *x = static_cast<const T*>(image), *x_end = x + height * width;
  const T *g = static_cast<const T*>(gradient), *g_end = g + (height / 2) * (width / 2);
  T *d = static_cast<T*>(d_image), *d_end = d + height * width;
  const B zero(0);
  for (std::int64_t i = 0; i + 2 <= height; i += 2, x += 2 * width, d += 2 * width) {
    // From the right: what the upper row's last vector puts into the lower row is written again.
    for (std::int64_t j = (width / 2 - 1) / B::width * B::width; j >= 0; j -= B::width) {
      const Windows<T> w(x + 2 * j, x + width + 2 * j, x_end);
      const std::int64_t left = g_end - (g + j);
      const B flow =
          left >= B::width ? B::load(g + j) : B::load_first(g + j, static_cast<int>(left));
      const B upper = where(w.down, zero, flow), lower = where(w.down, flow, zero);
      store_columns(where(w.right, zero, upper), where(w.right, upper, zero), d + 2 * j, d_end,
                    Lanes<T>{});
      store_columns(where(w.low, zero, lower), where(w.low, lower, zero), d + width + 2 * j, d_end,
                    Lanes<T>{});
    }
    if (width % 2) d[width - 1] = d[2 * width - 1] = 0;
    g += width / 2;
  }
  if (height % 2) std::fill_n(d, width, T(0));
}

}  // namespace brickgrad::lanes
