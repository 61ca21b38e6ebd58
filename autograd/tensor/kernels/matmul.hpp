// Matrix products: Eigen compiled for this instruction set, and loops of fixed width for narrow
// ones, where a call into a library costs more than the product.
#pragma once

#define EIGEN_DONT_PARALLELIZE
#define EIGEN_NO_MALLOC_CHECK
#include <Eigen/Core>
#include <autograd/tensor/matrix_view.hpp>

namespace brickgrad::lanes {

/// N columns, kept in registers; `Unit`: the rows of b are contiguous.
template <class T, int N, bool Unit>
void narrow_matmul(const MatrixView& a, const MatrixView& b, const T* bias, T* c, bool add) {
  const T *x = static_cast<const T*>(a.data), *start = static_cast<const T*>(b.data);
  const std::int64_t step = Unit ? 1 : b.column_stride;
  T first[N] = {};
  if (bias)
    for (int j = 0; j < N; ++j) first[j] = bias[j];
  for (std::int64_t i = 0; i < a.rows; ++i, c += N, x += a.row_stride) {
    T t[N];
    for (int j = 0; j < N; ++j) t[j] = add ? c[j] + first[j] : first[j];
    const T *p = x, *row = start;
    for (std::int64_t k = 0; k < a.columns; ++k, p += a.column_stride, row += b.row_stride)
      for (int j = 0; j < N; ++j) t[j] += *p * row[j * step];
    for (int j = 0; j < N; ++j) c[j] = t[j];
  }
}
template <class T, int N>
void narrow_matmul(const MatrixView& a, const MatrixView& b, const T* bias, T* c, bool add) {
  if (b.column_stride == 1)
    narrow_matmul<T, N, true>(a, b, bias, c, add);
  else
    narrow_matmul<T, N, false>(a, b, bias, c, add);
}

template <class T, int OrderA, int OrderB>
void large_matmul(const MatrixView& a, const MatrixView& b, const T* bias, T* c, bool add) {
  using MatrixA = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, OrderA>;
  using MatrixB = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, OrderB>;
  using MatrixC = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  auto outer = [](const MatrixView& m, int order) {
    return Eigen::OuterStride<>(order == Eigen::RowMajor ? m.row_stride : m.column_stride);
  };
  Eigen::Map<const MatrixA, 0, Eigen::OuterStride<>> ma(static_cast<const T*>(a.data), a.rows,
                                                        a.columns, outer(a, OrderA));
  Eigen::Map<const MatrixB, 0, Eigen::OuterStride<>> mb(static_cast<const T*>(b.data), b.rows,
                                                        b.columns, outer(b, OrderB));
  Eigen::Map<MatrixC> mc(c, a.rows, b.columns);
  if (bias) {
    const Eigen::Map<const Eigen::Matrix<T, 1, Eigen::Dynamic>> row(bias, b.columns);
    if (add)
      mc.rowwise() += row;
    else
      mc.rowwise() = row;
  }
  if (add || bias)
    mc.noalias() += ma * mb;
  else
    mc.noalias() = ma * mb;
}

template <class T>
void matmul(const MatrixView& a, const MatrixView& b, const void* row, void* out, bool add) {
  T* c = static_cast<T*>(out);
  const T* bias = static_cast<const T*>(row);
  if (a.rows * a.columns * b.columns <= 4096) {
    switch (b.columns) {
      case 1: return narrow_matmul<T, 1>(a, b, bias, c, add);
      case 2: return narrow_matmul<T, 2>(a, b, bias, c, add);
      case 3: return narrow_matmul<T, 3>(a, b, bias, c, add);
      case 4: return narrow_matmul<T, 4>(a, b, bias, c, add);
      case 5: return narrow_matmul<T, 5>(a, b, bias, c, add);
      case 6: return narrow_matmul<T, 6>(a, b, bias, c, add);
      case 7: return narrow_matmul<T, 7>(a, b, bias, c, add);
      case 8: return narrow_matmul<T, 8>(a, b, bias, c, add);
      default: break;
    }
  }
  constexpr int by_row = Eigen::RowMajor, by_column = Eigen::ColMajor;
  const bool a_rows = a.column_stride == 1, b_rows = b.column_stride == 1;
  if (a_rows && b_rows) return large_matmul<T, by_row, by_row>(a, b, bias, c, add);
  if (a_rows) return large_matmul<T, by_row, by_column>(a, b, bias, c, add);
  if (b_rows) return large_matmul<T, by_column, by_row>(a, b, bias, c, add);
  return large_matmul<T, by_column, by_column>(a, b, bias, c, add);
}

}  // namespace brickgrad::lanes
