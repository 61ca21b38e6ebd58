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

}  // namespace limits
