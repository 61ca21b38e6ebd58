// Eigen's matrix products on plain arrays, row by row.
#pragma once

#include <eigen3/Eigen/Core>

namespace limits {

template <class T>
using Matrix =
    Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, Eigen::Aligned64>;

template <class T>
inline Matrix<T> matrix(T* data, int rows, int columns) {
  return {data, rows, columns};
}

/// Some columns of a matrix of `stride` columns.
template <class T>
inline auto part(T* data, int rows, int columns, int stride) {
  using Dense = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<Dense, Eigen::Aligned64, Eigen::OuterStride<>>(data, rows, columns,
                                                                   Eigen::OuterStride<>(stride));
}

}  // namespace limits
