// OpenBLAS, if it is installed: found at run time, so that nothing here needs it to be built.
#pragma once

namespace limits {

/// A matrix row by row; transposed: the memory holds its transpose.
template <class T>
struct BlasMatrix {
  const T* data;
  int stride;
  bool transposed = false;
};

bool has_openblas();

/// c = a b of so many rows, columns and terms of each sum; with has_openblas(). One thread.
template <class T>
void openblas_product(int rows, int columns, int terms, BlasMatrix<T> a, BlasMatrix<T> b, T* c);

}  // namespace limits
