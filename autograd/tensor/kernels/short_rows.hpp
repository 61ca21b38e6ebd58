// exp and softmax of rows of a few elements, as many rows at once as a register has lanes: lane i
// belongs to row i, so that no step looks across lanes.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/kernels/vector_math.hpp>
#include <limits>
#include <utility>

namespace brickgrad::lanes {

/// Rows below each other in memory, one to a lane; beyond the last of them it is read once more.
template <class T>
class RowsOfLanes {
 public:
  static constexpr int width = Batch<T>::width;
  RowsOfLanes(const T* x, std::int64_t length, int rows) {
    for (int i = 0; i < width; ++i) row_[i] = x + (i < rows ? i : rows - 1) * length;
  }
  Batch<T> column(std::int64_t j) const {
    return [&]<int... I>(std::integer_sequence<int, I...>) {
      return Batch<T>(typename Batch<T>::Vector{row_[I][j]...});
    }
    (std::make_integer_sequence<int, width>());
  }

 private:
  const T* row_[width];
};

/// out = columns by rows
template <class T, class Length>
void store_rows(const Batch<T>* columns, Length length, int rows, T* out) {
  const auto store_row = [&]<int I>(std::integral_constant<int, I>) {
    if (I < rows)
      for (std::int64_t j = 0; j < length; ++j) out[I * length + j] = columns[j].v[I];
  };
  [&]<int... I>(std::integer_sequence<int, I...>) {
    (store_row(std::integral_constant<int, I>()), ...);
  }
  (std::make_integer_sequence<int, Batch<T>::width>());
}

/// e[j] = exp(column j - maximum); the maxima and the sums of the rows. NaN is the largest.
template <class T, class Length>
[[gnu::always_inline]] inline void exp_columns(const RowsOfLanes<T>& x, Length length, Batch<T>* e,
                                               Batch<T>& maximum, Batch<T>& sum) {
  using B = Batch<T>;
  B m = x.column(0);
  for (std::int64_t j = 1; j < length; ++j) {
    const B c = x.column(j);
    m = where(c <= m, m, where(c > m, c, m + c));
  }
  const B shift = where(abs(m) == B(std::numeric_limits<T>::infinity()), B(0), m);
  B s(0);
  for (std::int64_t j = 0; j < length; ++j) {
    e[j] = exp(x.column(j) - shift);
    s = j == 0 ? e[j] : s + e[j];
  }
  maximum = m;
  sum = s;
}

/// Calls f(rows, length, place) for `count` rows, as many at a time as there are lanes; small
/// lengths are constants, so that their columns stay in registers.
template <class T, class F>
[[gnu::always_inline]] inline void for_short_rows(std::int64_t count, std::int64_t length,
                                                  const F& f) {
  const auto run = [&](auto n) {
    constexpr std::int64_t width = Batch<T>::width;
    for (std::int64_t i = 0; i < count; i += width)
      f(static_cast<int>(std::min(width, count - i)), n, i);
  };
  if (length == 2)
    run(std::integral_constant<std::int64_t, 2>());
  else if (length == 3)
    run(std::integral_constant<std::int64_t, 3>());
  else
    run(length);
}

template <class T>
void exp_short_rows(std::int64_t count, std::int64_t length, const void* from, void* to,
                    void* row_maxima, void* row_sums) {
  const T* x = static_cast<const T*>(from);
  T *out = static_cast<T*>(to), *maxima = static_cast<T*>(row_maxima),
    *sums = static_cast<T*>(row_sums);
  for_short_rows<T>(count, length, [&](int rows, auto n, std::int64_t i) {
    Batch<T> e[longest_short_row], maximum, sum;
    exp_columns(RowsOfLanes<T>(x + i * n, n, rows), n, e, maximum, sum);
    if (out) store_rows(e, n, rows, out + i * n);
    if (rows == Batch<T>::width) {
      maximum.store(maxima + i);
      sum.store(sums + i);
    } else {
      maximum.store_first(maxima + i, rows);
      sum.store_first(sums + i, rows);
    }
  });
}

template <class T>
void softmax_short_rows(std::int64_t count, std::int64_t length, const void* from, double factor,
                        void* to) {
  const T* x = static_cast<const T*>(from);
  T* out = static_cast<T*>(to);
  for_short_rows<T>(count, length, [&](int rows, auto n, std::int64_t i) {
    Batch<T> e[longest_short_row], maximum, sum;
    exp_columns(RowsOfLanes<T>(x + i * n, n, rows), n, e, maximum, sum);
    const Batch<T> scale = Batch<T>(factor) / sum;
    for (std::int64_t j = 0; j < n; ++j) e[j] = e[j] * scale;
    store_rows(e, n, rows, out + i * n);
  });
}

}  // namespace brickgrad::lanes
