// exp and softmax of rows of a few elements, as many rows at once as a register has lanes: lane i
// belongs to row i, so that no step looks across lanes.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/kernels/vector_math.hpp>
#include <limits>
#include <utility>

namespace brickgrad::lanes {

/// Columns of rows of N numbers, which are contiguous one after another, and the way back.
template <int N, class T>
class ShortRows {
 public:
  /// So many rows, up to one a lane; the numbers of those beyond them are 1.
  ShortRows(const T* x, int rows) : rows_(rows) {
    Batch<T> whole[N];
    each<N>([&](auto i) { whole[i] = Batch<T>::load_first(x + i * width, lanes(i)); });
    each<N>([&](auto j) {
      column_[j] = picked(whole, [](int lane) { return lane * N + decltype(j)::value; });
    });
  }
  Batch<T> column(std::int64_t j) const { return column_[j]; }
  void store(const Batch<T>* columns, T* out) const {
    Batch<T> all[N];
    each<N>([&](auto j) { all[j] = columns[j]; });
    each<N>([&](auto i) {
      const Batch<T> whole = picked(all, [](int lane) {
        const int at = decltype(i)::value * width + lane;
        return at % N * width + at / N;
      });
      whole.store_first(out + i * width, lanes(i));
    });
  }

 private:
  static constexpr int width = Batch<T>::width;
  int lanes(int i) const { return std::clamp(rows_ * N - i * width, 0, width); }

  int rows_;
  Batch<T> column_[N];
};

/// The same for rows of any length, number by number.
template <class T>
class RowsOfLanes {
 public:
  RowsOfLanes(const T* x, std::int64_t length, int rows) : length_(length), rows_(rows) {
    for (int i = 0; i < width; ++i) row_[i] = x + (i < rows ? i : rows - 1) * length;
  }
  Batch<T> column(std::int64_t j) const {
    return [&]<int... I>(std::integer_sequence<int, I...>) {
      return Batch<T>(typename Batch<T>::Vector{row_[I][j]...});
    }
    (std::make_integer_sequence<int, width>());
  }
  void store(const Batch<T>* columns, T* out) const {
    each<width>([&](int i) {
      if (i < rows_)
        for (std::int64_t j = 0; j < length_; ++j) out[i * length_ + j] = columns[j].v[i];
    });
  }

 private:
  static constexpr int width = Batch<T>::width;
  std::int64_t length_;
  int rows_;
  const T* row_[width];
};

/// e[j] = exp(column j - maximum); the maxima and the sums of the rows. NaN is the largest.
template <class T, class Rows, class Length>
[[gnu::always_inline]] inline void exp_columns(const Rows& x, Length length, Batch<T>* e,
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

/// Calls f(rows, how many, length, place) for `count` rows, as many at a time as there are lanes;
/// small lengths are constants, so that their columns stay in registers.
template <class T, class F>
[[gnu::always_inline]] inline void for_short_rows(std::int64_t count, std::int64_t length,
                                                  const T* x, const F& f) {
  constexpr std::int64_t width = Batch<T>::width;
  for (std::int64_t i = 0; i < count; i += width) {
    const int rows = static_cast<int>(std::min(width, count - i));
    const auto run = [&]<int N>(std::integral_constant<int, N> n) {
      f(ShortRows<N, T>(x + i * N, rows), rows, n, i);
    };
    if (length == 2)
      run(std::integral_constant<int, 2>());
    else if (length == 3)
      run(std::integral_constant<int, 3>());
    else
      f(RowsOfLanes<T>(x + i * length, length, rows), rows, length, i);
  }
}

/// Stores a number for each of some rows, up to one a lane.
template <class T>
[[gnu::always_inline]] inline void store_rows(const Batch<T>& x, int rows, T* out) {
  if (rows == Batch<T>::width)
    x.store(out);
  else
    x.store_first(out, rows);
}

template <class T>
void exp_short_rows(std::int64_t count, std::int64_t length, const void* from, void* to,
                    void* row_maxima, void* row_sums) {
  const T* x = static_cast<const T*>(from);
  T *out = static_cast<T*>(to), *maxima = static_cast<T*>(row_maxima),
    *sums = static_cast<T*>(row_sums);
  for_short_rows(count, length, x, [&](const auto& block, int rows, auto n, std::int64_t i) {
    Batch<T> e[longest_short_row], maximum, sum;
    exp_columns(block, n, e, maximum, sum);
    block.store(e, out + i * n);
    store_rows(maximum, rows, maxima + i);
    store_rows(sum, rows, sums + i);
  });
}

template <class T>
void softmax_short_rows(std::int64_t count, std::int64_t length, const void* from, double factor,
                        void* to, void* row_maxima, void* row_logs) {
  const T* x = static_cast<const T*>(from);
  T *out = static_cast<T*>(to), *maxima = static_cast<T*>(row_maxima),
    *logs = static_cast<T*>(row_logs);
  for_short_rows(count, length, x, [&](const auto& block, int rows, auto n, std::int64_t i) {
    Batch<T> e[longest_short_row], maximum, sum;
    exp_columns(block, n, e, maximum, sum);
    if (out) {
      const Batch<T> scale = Batch<T>(factor) / sum;
      for (std::int64_t j = 0; j < n; ++j) e[j] = e[j] * scale;
      block.store(e, out + i * n);
    }
    if (maxima) store_rows(maximum, rows, maxima + i);
    if (logs) store_rows(log(sum), rows, logs + i);
  });
}

}  // namespace brickgrad::lanes
