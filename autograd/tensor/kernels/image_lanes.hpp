// Rows as the lanes of vectors, and back: as many of them as a vector has lanes.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels/batch.hpp>

namespace brickgrad::lanes {

/// The first n elements of rows `stride` apart: those of one column become one vector.
template <class T>
void turn_rows(std::int64_t n, std::int64_t stride, const T* from, T* to) {
  using B = Batch<T>;
  constexpr int width = B::width;
  for (std::int64_t i = 0; i < n; i += width, from += width, to += width * width) {
    const int count = static_cast<int>(std::min<std::int64_t>(width, n - i));
    B b[width];
    if (count == width)
      each<width>([&](int row) { b[row] = B::load(from + row * stride); });
    else
      each<width>([&](int row) { b[row] = B::load_first(from + row * stride, count); });
    transpose(b);
    each<width>([&](int column) {
      if (column < count) b[column].store(to + column * width);
    });
  }
}

template <class T>
void into_lanes(std::int64_t n, const void* rows, void* vectors) {
  turn_rows(n, n, static_cast<const T*>(rows), static_cast<T*>(vectors));
}

template <class T>
void out_of_lanes(std::int64_t n, const void* vectors, void* rows) {
  using B = Batch<T>;
  constexpr int width = B::width;
  const T* from = static_cast<const T*>(vectors);
  T* to = static_cast<T*>(rows);
  for (std::int64_t i = 0; i < n; i += width, from += width * width, to += width) {
    const int count = static_cast<int>(std::min<std::int64_t>(width, n - i));
    B b[width];
    each<width>(
        [&](int column) { b[column] = column < count ? B::load(from + column * width) : B(0); });
    transpose(b);
    if (count == width)
      each<width>([&](int row) { b[row].store(to + row * n); });
    else
      each<width>([&](int row) { b[row].store_first(to + row * n, count); });
  }
}

}  // namespace brickgrad::lanes
