// Maxima of windows of 2 x 2, a vector of windows at a time: two rows are taken apart into their
// even and odd columns. Of equal elements the first one is the maximum, and a NaN is.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels/batch.hpp>
#include <utility>

namespace brickgrad::lanes {

template <class T>
using Lanes = std::make_integer_sequence<int, Batch<T>::width>;

// Between the parts of a vector, of 16 bytes each, numbers go slowly: windows lie in an order of
// their own, in which each half of a part comes from the same part of one vector of columns.
template <class T>
constexpr int in_part = 16 / sizeof(T);
/// The window in a lane, and the lane of a window.
template <class T>
constexpr int window_in(int lane) {
  constexpr int half = in_part<T> / 2;
  return lane / half % 2 * (Batch<T>::width / 2) + lane / in_part<T> * half + lane % half;
}
template <class T>
constexpr int lane_of(int window) {
  constexpr int half = in_part<T> / 2, all = Batch<T>::width / 2;
  return window % all / half * in_part<T> + window / all * half + window % half;
}
/// Windows side by side brought into that order, and the way back.
template <class T, int... I>
Batch<T> apart(Batch<T> b, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(b.v, b.v, window_in<T>(I)...);
}
template <class T, int... I>
Batch<T> side_by_side(Batch<T> b, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(b.v, b.v, lane_of<T>(I)...);
}

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
  Columns(Batch<T> a, Batch<T> b) { split(a, b, Lanes<T>{}); }

 private:
  template <int... I>
  void split(Batch<T> a, Batch<T> b, std::integer_sequence<int, I...>) {
    even.v = __builtin_shufflevector(a.v, b.v, (2 * window_in<T>(I))...);
    odd.v = __builtin_shufflevector(a.v, b.v, (2 * window_in<T>(I) + 1)...);
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
  const Batch<T> low =
                     __builtin_shufflevector(even.v, odd.v, (lane_of<T>(I / 2) + I % 2 * width)...),
                 high = __builtin_shufflevector(even.v, odd.v,
                                                (lane_of<T>(width / 2 + I / 2) + I % 2 * width)...);
  store_before(low, p, end);
  store_before(high, p + width, end);
}

/// Where b takes the place of a.
template <class T>
Mask<T> is_larger(Batch<T> b, Batch<T> a) {
  // Only a NaN differs from itself.  NOLINTNEXTLINE(misc-redundant-expression)
  return {~(a >= b).v & (a == a).v};
}

/// Windows: their largest elements, and which these are, counted by rows.
template <class T>
struct Windows {
  using B = Batch<T>;
  B largest, places;
  Windows(const Columns<T>& above, const Columns<T>& below)
      : Windows(above.even, above.odd, below.even, below.odd) {}
  Windows(B above_left, B above_right, B below_left, B below_right) {
    const auto right = is_larger(above_right, above_left), low = is_larger(below_right, below_left);
    const B upper = where(right, above_right, above_left),
            lower = where(low, below_right, below_left);
    const auto down = is_larger(lower, upper);
    largest = where(down, lower, upper);
    places = where(down, where(low, B(3), B(2)), where(right, B(1), B(0)));
  }
};

/// A number for each window, which goes to one of its places; zeros go to the others.
template <class T>
struct Scattered {
  using B = Batch<T>;
  B places, numbers;
  B at(int place) const { return where(places == B(place), numbers, B(0)); }
};

/// Of planes in lanes, where each place of a row is a vector.
template <class T>
void max_pool_lanes(std::int64_t height, std::int64_t width, const void* image, void* out,
                    void* where_to) {
  using B = Batch<T>;
  constexpr int lanes = B::width;
  const T* x = static_cast<const T*>(image);
  T *y = static_cast<T*>(out), *places = static_cast<T*>(where_to);
  const std::int64_t row = width * lanes;
  for (std::int64_t i = 0; i + 2 <= height; i += 2, x += 2 * row)
    for (std::int64_t j = 0; j < width / 2; ++j, y += lanes) {
      const T* top = x + 2 * j * lanes;
      const Windows<T> w(B::load(top), B::load(top + lanes), B::load(top + row),
                         B::load(top + row + lanes));
      w.largest.store(y);
      if (!places) continue;
      w.places.store(places);
      places += lanes;
    }
}

template <class T>
void max_unpool_lanes(std::int64_t height, std::int64_t width, const void* where_to,
                      const void* gradient, void* d_image) {
  using B = Batch<T>;
  constexpr int lanes = B::width;
  const T *places = static_cast<const T*>(where_to), *g = static_cast<const T*>(gradient);
  T* d = static_cast<T*>(d_image);
  const std::int64_t row = width * lanes;
  for (std::int64_t i = 0; i + 2 <= height; i += 2, d += 2 * row) {
    for (std::int64_t j = 0; j < width / 2; ++j, g += lanes, places += lanes) {
      const Scattered<T> scattered{B::load(places), B::load(g)};
      T* to = d + 2 * j * lanes;
      scattered.at(0).store(to);
      scattered.at(1).store(to + lanes);
      scattered.at(2).store(to + row);
      scattered.at(3).store(to + row + lanes);
    }
    if (width % 2) {
      B(0).store(d + row - lanes);
      B(0).store(d + 2 * row - lanes);
    }
  }
  if (height % 2) std::fill_n(d, row, T(0));
}

// Whole vectors are read and written beyond the windows of a row, where that is within the plane:
// what is written there too early is written again, as rows follow each other.

template <class T>
void max_pool(std::int64_t height, std::int64_t width, const void* image, void* out,
              void* where_to) {
  using B = Batch<T>;
  const auto larger = [](B a, B b) { return where(is_larger(b, a), b, a); };
  const std::int64_t windows = (height / 2) * (width / 2);
  const T *x = static_cast<const T*>(image), *x_end = x + height * width;
  T *y = static_cast<T*>(out), *places = static_cast<T*>(where_to);
  T *const y_end = y + windows, *const places_end = places ? places + windows : nullptr;
  for (std::int64_t i = 0; i + 2 <= height; i += 2, x += 2 * width, y += width / 2) {
    for (std::int64_t j = 0; j < width / 2; j += B::width) {
      const T *top = x + 2 * j, *bottom = top + width;
      if (!places && x_end - bottom >= 2 * B::width) {
        // One row before it is taken apart.
        const Columns<T> c(larger(B::load(top), B::load(bottom)),
                           larger(B::load(top + B::width), B::load(bottom + B::width)));
        store_before(side_by_side(larger(c.even, c.odd), Lanes<T>{}), y + j, y_end);
        continue;
      }
      const Windows<T> w(Columns<T>(top, x_end), Columns<T>(bottom, x_end));
      store_before(side_by_side(w.largest, Lanes<T>{}), y + j, y_end);
      if (places) store_before(side_by_side(w.places, Lanes<T>{}), places + j, places_end);
    }
    if (places) places += width / 2;
  }
}

template <class T>
void max_unpool(std::int64_t height, std::int64_t width, const void* where_to, const void* gradient,
                void* d_image) {
  using B = Batch<T>;
  const T *places = static_cast<const T*>(where_to), *g = static_cast<const T*>(gradient);
  const T* g_end = g + (height / 2) * (width / 2);
  T *d = static_cast<T*>(d_image), *d_end = d + height * width;
  for (std::int64_t i = 0; i + 2 <= height; i += 2, d += 2 * width) {
    // From the right: what the upper row's last vector puts into the lower row is written again.
    for (std::int64_t j = (width / 2 - 1) / B::width * B::width; j >= 0; j -= B::width) {
      const int left = static_cast<int>(std::min<std::int64_t>(g_end - (g + j), B::width));
      const auto load = [left](const T* p) {
        return apart(left == B::width ? B::load(p) : B::load_first(p, left), Lanes<T>{});
      };
      const Scattered<T> scattered{load(places + j), load(g + j)};
      store_columns(scattered.at(0), scattered.at(1), d + 2 * j, d_end, Lanes<T>{});
      store_columns(scattered.at(2), scattered.at(3), d + width + 2 * j, d_end, Lanes<T>{});
    }
    if (width % 2) d[width - 1] = d[2 * width - 1] = 0;
    g += width / 2;
    places += width / 2;
  }
  if (height % 2) std::fill_n(d, width, T(0));
}

}  // namespace brickgrad::lanes
