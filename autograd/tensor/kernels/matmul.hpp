// Matrix products: Eigen compiled for this instruction set, and loops for narrow ones.
#pragma once

#define EIGEN_DONT_PARALLELIZE
#define EIGEN_NO_MALLOC_CHECK
#include <Eigen/Core>
#include <autograd/tensor/kernels/narrow_matmul.hpp>

namespace brickgrad::lanes {

template <class T, int OrderA, int OrderB>
void large_matmul(const MatrixView& a, const MatrixView& b, const T* bias, T* c,
                  std::int64_t c_stride, bool add) {
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
  Eigen::Map<MatrixC, 0, Eigen::OuterStride<>> mc(c, a.rows, b.columns,
                                                  Eigen::OuterStride<>(c_stride));
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

/// Eigen lets a panel of one operand fill the first-level cache; twice as long a one, which comes
/// from the second level in time, sums longer before it touches the result: 8 % on products of
/// 1024. With registers of 64 bytes Eigen's own panels are four times as long, and longer ones come
/// too late: 2.5 times the time in float64.
inline void lengthen_panels() {
#if BRICKGRAD_VECTOR_BYTES == 32  // of these kernels only: their Eigen is not the program's
  [[maybe_unused]] static const bool once = [] {
    std::ptrdiff_t first, second, third;
    Eigen::internal::manage_caching_sizes(Eigen::GetAction, &first, &second, &third);
    Eigen::setCpuCacheSizes(2 * first, second, third);
    return true;
  }();
#endif
}

/// Apart from the narrow ones, which need fewer registers.
template <class T>
[[gnu::noinline]] void wide_matmul(const MatrixView& a, const MatrixView& b, const T* bias, T* c,
                                   std::int64_t c_stride, bool add) {
  lengthen_panels();
  constexpr int by_row = Eigen::RowMajor, by_column = Eigen::ColMajor;
  const bool a_rows = a.column_stride == 1, b_rows = b.column_stride == 1;
  if (a_rows && b_rows) return large_matmul<T, by_row, by_row>(a, b, bias, c, c_stride, add);
  if (a_rows) return large_matmul<T, by_row, by_column>(a, b, bias, c, c_stride, add);
  if (b_rows) return large_matmul<T, by_column, by_row>(a, b, bias, c, c_stride, add);
  large_matmul<T, by_column, by_column>(a, b, bias, c, c_stride, add);
}

template <class T>
void matmul(const MatrixView& a, const MatrixView& b, const void* row, void* out,
            std::int64_t c_stride, bool add) {
  T* c = static_cast<T*>(out);
  const T* bias = static_cast<const T*>(row);
  if (!narrow_matmul<T>(a, b, bias, c, c_stride, add)) wide_matmul<T>(a, b, bias, c, c_stride, add);
}

}  // namespace brickgrad::lanes
