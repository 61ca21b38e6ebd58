// Libraries of matrix products, where they are installed: found at run time, so that nothing here
// needs them to be built. They use one thread.
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
/// oneDNN, which knows float32 alone.
bool has_onednn();

/// c = a b of so many rows, columns and terms of each sum; with has_openblas().
template <class T>
void openblas_product(int rows, int columns, int terms, BlasMatrix<T> a, BlasMatrix<T> b, T* c);

/// The same with has_onednn().
void onednn_product(int rows, int columns, int terms, BlasMatrix<float> a, BlasMatrix<float> b,
                    float* c);

}  // namespace limits
