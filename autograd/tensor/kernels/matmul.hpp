// Matrix products: loops for narrow ones, for few rows and, with long registers, for most others;
// for the rest Eigen compiled for this instruction set.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/kernels/blocked_matmul.hpp>
#include <autograd/tensor/kernels/direct_matmul.hpp>
#include <autograd/tensor/kernels/dot_matmul.hpp>
#include <autograd/tensor/kernels/narrow_matmul.hpp>
#include <autograd/tensor/kernels/packed_matmul.hpp>
#include <autograd/tensor/kernels/reduce.hpp>

namespace brickgrad::lanes {

/// Writes the bias, or adds it.
template <class T>
void put_bias(const BiasView& bias, std::int64_t rows, std::int64_t columns, T* c,
              std::int64_t c_stride, bool add) {
  const T* row = static_cast<const T*>(bias.data);
  for (std::int64_t i = 0; i < rows; ++i, row += bias.stride, c += c_stride)
    if (add)
      axpy<T>(columns, 1, row, c);
    else
      std::copy_n(row, columns, c);
}

/// Where sums begin: with the bias, or with what is there, to which the bias is then added first.
template <class T>
Sums<T> started(const BiasView& bias, std::int64_t rows, std::int64_t columns, void* out,
                std::int64_t c_stride, bool add) {
  T* c = static_cast<T*>(out);
  if (!add) return {static_cast<const T*>(bias.data), bias.stride, c, c_stride};
  if (bias.data) put_bias(bias, rows, columns, c, c_stride, true);
  return {c, c_stride, c, c_stride};
}

template <class T, int OrderA, int OrderB>
void eigen_matmul(const MatrixView& a, const MatrixView& b, const Sums<T>& sums) {
  // Eigen has another way for vectors, and one for tiny matrices.
  if constexpr (has_eigen_kernel)
    if (a.rows > 1 && b.columns > 1 && a.columns > 0 &&
        a.rows + a.columns + b.columns >= EIGEN_GEMM_TO_COEFFBASED_THRESHOLD)
      return blocked_matmul<T, OrderA, OrderB>(a, b, sums);
  using MatrixA = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, OrderA>;
  using MatrixB = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, OrderB>;
  using MatrixC = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Stride = Eigen::OuterStride<>;
  if (sums.from && sums.from != sums.to)
    put_bias({sums.from, sums.from_stride}, a.rows, b.columns, sums.to, sums.stride, false);
  const Eigen::Map<const MatrixA, 0, Stride> ma(static_cast<const T*>(a.data), a.rows, a.columns,
                                                Stride(outer_stride(a, OrderA)));
  const Eigen::Map<const MatrixB, 0, Stride> mb(static_cast<const T*>(b.data), b.rows, b.columns,
                                                Stride(outer_stride(b, OrderB)));
  Eigen::Map<MatrixC, 0, Stride> mc(sums.to, a.rows, b.columns, Stride(sums.stride));
  if (sums.from)
    mc.noalias() += ma * mb;
  else
    mc.noalias() = ma * mb;
}

/// Eigen lets a panel of one operand fill the first-level cache; twice as long a one, which comes
/// from the second level in time, sums longer before it touches the result: 8 % on products of
/// 1024.
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

template <class T>
void eigen_matmul(const MatrixView& a, const MatrixView& b, const Sums<T>& sums) {
  lengthen_panels();
  constexpr int by_row = Eigen::RowMajor, by_column = Eigen::ColMajor;
  const bool a_rows = a.column_stride == 1, b_rows = b.column_stride == 1;
  if (a_rows && b_rows) return eigen_matmul<T, by_row, by_row>(a, b, sums);
  if (a_rows) return eigen_matmul<T, by_row, by_column>(a, b, sums);
  if (b_rows) return eigen_matmul<T, by_column, by_row>(a, b, sums);
  eigen_matmul<T, by_column, by_column>(a, b, sums);
}

/// One of these products, to which a bias is added.
template <class T, void (*product)(const MatrixView&, const MatrixView&, const Sums<T>&)>
void with_bias(const MatrixView& a, const MatrixView& b, const BiasView& bias, void* c,
               std::int64_t c_stride, bool add) {
  product(a, b, started<T>(bias, a.rows, b.columns, c, c_stride, add));
}

/// Of what is not narrow, summed as a whole.
template <class T>
LargeMatmul whole_matmul(const MatrixView& a, const MatrixView& b) {
  constexpr std::int64_t lanes = Batch<T>::width;
  // Each part reads the whole operand that is not divided: the smaller one.
  const bool is_tall = a.rows >= b.columns;
  if (fits_direct_matmul<T>(a, b)) {
    Matmul* run = with_bias<T, direct_matmul<T>>;
    bool arranges = b.column_stride != 1;
    if constexpr (has_dot_matmul)
      if (fits_dot_matmul<T>(a, b)) {
        run = with_bias<T, dot_matmul<T>>;
        arranges = false;
      }
    // Rows of a batch stay with the thread that worked on them before.
    constexpr std::int64_t small = (1 << 18) / sizeof(T);
    const bool by_rows = is_tall || (!arranges && b.rows * b.columns <= small);
    return {run, by_rows, by_rows ? tile_rows : lanes, arranges && by_rows};
  }
  if constexpr (has_packed_matmul)
    if (fits_packed_matmul<T>(a, b))
      return {with_bias<T, packed_matmul<T>>, is_tall, is_tall ? tile_rows : lanes, true};
  // Eigen, which has another way for vectors, sums what its blocks leave over in another order.
  // They have three registers of columns, or two where products are not fused with additions, as on
  // some with short registers.
  return {with_bias<T, eigen_matmul<T>>, is_tall,
          is_tall ? 16 : (BRICKGRAD_VECTOR_BYTES == 16 ? 6 : 3) * lanes, true};
}

/// Whether threads had better have half the terms each where both operands are much larger than the
/// result, as the rows of a batch are: each thread has those that it has worked on before.
template <class T>
bool has_many_terms(const MatrixView& a, const MatrixView& b) {
  constexpr std::int64_t least_terms = 512;
  return a.row_stride == 1 && b.column_stride == 1 && a.columns >= least_terms &&
         a.columns * (a.rows + b.columns) >= 8 * a.rows * b.columns &&
         a.rows * a.columns * b.columns >= least_divided;
}

template <class T>
LargeMatmul large_matmul(const MatrixView& a, const MatrixView& b) {
  if constexpr (has_halved_matmul)
    if (fits_halved_matmul<T>(a, b)) {
      constexpr std::int64_t lanes = Batch<T>::width;
      return {with_bias<T, halved_matmul<T>>, false, lanes, false, true,
              with_bias<T, half_matmul<T>>};
    }
  LargeMatmul kernel = whole_matmul<T>(a, b);
  kernel.halves = has_many_terms<T>(a, b);
  return kernel;
}

template <class T>
void matmul(const MatrixView& a, const MatrixView& b, const BiasView& bias, void* out,
            std::int64_t c_stride, bool add) {
  T* c = static_cast<T*>(out);
  constexpr std::int64_t small = 4096;  // as narrow ones are, which take one row
  if (bias.stride == 0) {
    if (narrow_matmul<T>(a, b, static_cast<const T*>(bias.data), c, c_stride, add)) return;
  } else if (a.rows * a.columns * b.columns <= small) {
    put_bias(bias, a.rows, b.columns, c, c_stride, add);
    return matmul<T>(a, b, {}, out, c_stride, true);
  }
  large_matmul<T>(a, b).run(a, b, bias, c, c_stride, add);
}

}  // namespace brickgrad::lanes
