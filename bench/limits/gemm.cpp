#include "limits.hpp"
#include "products.hpp"

namespace limits {

template <class T>
void Gemm<T>::step() {
  const auto A = matrix<T>(a, n, n), B = matrix<T>(b, n, n), dC = matrix<T>(dc, n, n);
  matrix<T>(c, n, n).noalias() = A * B;
  matrix<T>(da, n, n).noalias() = dC * B.transpose();
  matrix<T>(db, n, n).noalias() = A.transpose() * dC;
}

template struct Gemm<float>;
template struct Gemm<double>;

}  // namespace limits
