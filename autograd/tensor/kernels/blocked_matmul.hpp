// Large matrix products, from Eigen's kernel for a block of one. Eigen's own product adds to its
// result, which is filled with zeros or a bias and read again; here the first sums begin with them.
#pragma once

#define EIGEN_DONT_PARALLELIZE
#define EIGEN_NO_MALLOC_CHECK
#include <Eigen/Core>
#include <algorithm>
#include <autograd/tensor/kernels/scratch.hpp>
#include <autograd/tensor/matrix_view.hpp>

namespace brickgrad::lanes {

/// The kernel is no public interface of Eigen: this is that of 3.4, and the next version's differs.
constexpr bool has_eigen_kernel =
    EIGEN_WORLD_VERSION == 3 && EIGEN_MAJOR_VERSION == 4 && EIGEN_MINOR_VERSION < 90;

/// The result as that kernel sees it: where sums begin, and where they are written. The names are
/// Eigen's, and so is the order: its columns are our rows.
template <class T>
struct Sums {
  using Index = Eigen::Index;
  /// A row of ours, from some element on.
  struct LinearMapper {
    const T* from;  // null for zeros
    T* to;
    void prefetch(int i) const { Eigen::internal::prefetch(to + i); }
    template <class Packet>
    Packet loadPacket(Index i) const {
      return from ? Eigen::internal::ploadu<Packet>(from + i) : Eigen::internal::pzero(Packet());
    }
    template <class Packet>
    void storePacket(Index i, const Packet& x) const {
      Eigen::internal::pstoreu(to + i, x);
    }
    void operator+=(T x) const { *to = (from ? *from : T(0)) + x; }
  };

  const T* from;
  Index from_stride;
  T* to;
  Index stride;

  LinearMapper getLinearMapper(Index i, Index j) const {
    return {from ? from + i + j * from_stride : nullptr, to + i + j * stride};
  }
  LinearMapper operator()(Index i, Index j) const { return getLinearMapper(i, j); }
  template <class Packet>
  Packet gatherPacket(Index i, Index j) const {
    if (!from) return Eigen::internal::pzero(Packet());
    return Eigen::internal::pgather<T, Packet>(from + i + j * from_stride, from_stride);
  }
  template <class Packet>
  void scatterPacket(Index i, Index j, const Packet& x) const {
    Eigen::internal::pscatter<T, Packet>(to + i + j * stride, x, stride);
  }
  /// A block of the result: sums of the first terms begin as they were told, others go on.
  Sums block(Index i, Index j, bool first) const {
    const auto [begin, end] = getLinearMapper(i, j);
    return first ? Sums{begin, from_stride, end, stride} : Sums{end, stride, end, stride};
  }
};

/// The distance of rows, or of columns, of a matrix that is stored by these.
inline Eigen::Index outer_stride(const MatrixView& m, int order) {
  return order == Eigen::RowMajor ? m.row_stride : m.column_stride;
}

/// Writes the sums of a b, in the blocks and the order of Eigen's general_matrix_matrix_product.
/// Its left operand is our right one, both turned.
template <class T, int OrderA, int OrderB>
void blocked_matmul(const MatrixView& a, const MatrixView& b, const Sums<T>& sums) {
  namespace internal = Eigen::internal;  // that name is wanted by the macro below
  using Index = Eigen::Index;
  using Traits = internal::gebp_traits<T, T>;
  constexpr int left_order = OrderB == Eigen::RowMajor ? Eigen::ColMajor : Eigen::RowMajor,
                right_order = OrderA == Eigen::RowMajor ? Eigen::ColMajor : Eigen::RowMajor;
  using Left = internal::const_blas_data_mapper<T, Index, left_order>;
  using Right = internal::const_blas_data_mapper<T, Index, right_order>;
  internal::gemm_pack_lhs<T, Index, Left, Traits::mr, Traits::LhsProgress,
                          typename Traits::LhsPacket4Packing, left_order>
      pack_left;
  internal::gemm_pack_rhs<T, Index, Right, Traits::nr, right_order> pack_right;
  internal::gebp_kernel<T, T, Index, Sums<T>, Traits::mr, Traits::nr, false, false> add_block;

  const Left left(static_cast<const T*>(b.data), outer_stride(b, OrderB));
  const Right right(static_cast<const T*>(a.data), outer_stride(a, OrderA));
  const Index rows = b.columns, columns = a.rows, terms = a.columns;
  Index most_terms = terms, most_rows = rows, most_columns = columns;
  internal::computeProductBlockingSizes<T, T>(most_terms, most_rows, most_columns);
  const Index left_size = most_rows * most_terms, right_size = most_terms * most_columns;
  const Scratch<T> left_memory(left_size), right_memory(right_size);
  T *const packed_left = left_memory.data(), *const packed_right = right_memory.data();
  const bool packs_right_once = most_terms == terms && most_columns == columns;
  for (Index i = 0; i < rows; i += most_rows) {
    const Index m = std::min(most_rows, rows - i);
    for (Index k = 0; k < terms; k += most_terms) {
      const Index depth = std::min(most_terms, terms - k);
      pack_left(packed_left, left.getSubMapper(i, k), depth, m);
      for (Index j = 0; j < columns; j += most_columns) {
        const Index n = std::min(most_columns, columns - j);
        if (i == 0 || !packs_right_once)
          pack_right(packed_right, right.getSubMapper(k, j), depth, n);
        add_block(sums.block(i, j, k == 0), packed_left, packed_right, m, depth, n, T(1));
      }
    }
  }
}

}  // namespace brickgrad::lanes
