// Products of few rows with columns that are contiguous, as those of a gradient with turned
// weights: each sum is taken along both, where arranging the columns would cost a third of the
// product.
#pragma once

#include <autograd/tensor/kernels/direct_matmul.hpp>

namespace brickgrad::lanes {

/// Worth it where a tile of sums is long.
constexpr bool has_dot_matmul = BRICKGRAD_VECTOR_BYTES == 64;

/// Whether rows of a and columns of b are contiguous, and long enough to be summed along. For more
/// rows, b is better arranged.
template <class T>
bool fits_dot_matmul(const MatrixView& a, const MatrixView& b) {
  return a.rows <= 32 && a.columns >= 16 * Batch<T>::width && a.column_stride == 1 &&
         b.row_stride == 1;
}

/// One tile of that: the lanes of each sum, added together at the end.
template <int Rows, int Columns, class T>
[[gnu::always_inline]] inline void add_dots(const MatrixView& a, const MatrixView& b,
                                            const Sums<T>& c) {
  using B = Batch<T>;
  B sum[Rows][Columns];
  each<Rows>([&](auto r) { each<Columns>([&](auto q) { sum[r][q] = B(0); }); });
  const T *x = static_cast<const T*>(a.data), *y = static_cast<const T*>(b.data);
  const auto add = [&](std::int64_t k, const auto& load) __attribute__((always_inline)) {
    B column[Columns];
    each<Columns>([&](auto q) { column[q] = load(y + q * b.column_stride + k); });
    each<Rows>([&](auto r) {
      const B row = load(x + r * a.row_stride + k);
      each<Columns>([&](auto q) { sum[r][q] = multiply_add(row, column[q], sum[r][q]); });
    });
  };
  std::int64_t k = 0;
  for (; k + B::width <= a.columns; k += B::width) add(k, [](const T* p) { return B::load(p); });
  if (const int left = static_cast<int>(a.columns - k))
    add(k, [left](const T* p) { return B::load_first(p, left, 0); });
  each<Rows>([&](auto r) {
    const auto [from, to] = c(0, r);
    const B sums = sums_of_lanes<Columns>(sum[r]);
    (from ? sums + B::load_first(from, Columns) : sums).store_first(to, Columns);
  });
}

/// Writes the sums of a b. How one is added up depends on the number of terms alone.
template <class T>
void dot_matmul(const MatrixView& a, const MatrixView& b, const Sums<T>& sums) {
  constexpr int most = 4;
  const auto add = [&]<int Columns>(std::integral_constant<int, Columns>, std::int64_t j) {
    const MatrixView right = block_of<T>(b, 0, b.rows, j, Columns);
    std::int64_t i = 0;
    for (; i + most <= a.rows; i += most)
      add_dots<most, Columns>(block_of<T>(a, i, most, 0, a.columns), right, sums.block(j, i, true));
    for (; i < a.rows; ++i)
      add_dots<1, Columns>(block_of<T>(a, i, 1, 0, a.columns), right, sums.block(j, i, true));
  };
  std::int64_t j = 0;
  for (; j + most <= b.columns; j += most) add(std::integral_constant<int, most>(), j);
  for (; j < b.columns; ++j) add(std::integral_constant<int, 1>(), j);
}

}  // namespace brickgrad::lanes
