#include <algorithm>
#include <chrono>
#include <eigen3/Eigen/Core>
#include <type_traits>

#include "blas.hpp"
#include "limits.hpp"

namespace limits {

namespace {

template <class T>
using Matrix =
    Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, Eigen::Aligned64>;

template <class T>
inline Matrix<T> matrix(T* data, int rows, int columns) {
  return {data, rows, columns};
}

}  // namespace

template <class T>
void Gemm<T>::by_eigen() {
  const auto A = matrix<T>(a, n, n), B = matrix<T>(b, n, n), dC = matrix<T>(dc, n, n);
  matrix<T>(c, n, n).noalias() = A * B;
  matrix<T>(da, n, n).noalias() = dC * B.transpose();
  matrix<T>(db, n, n).noalias() = A.transpose() * dC;
}

template <class T>
void Gemm<T>::by_openblas() {
  openblas_product<T>(n, n, n, {a, n}, {b, n}, c);
  openblas_product<T>(n, n, n, {dc, n}, {b, n, true}, da);
  openblas_product<T>(n, n, n, {a, n, true}, {dc, n}, db);
}

template <class T>
void Gemm<T>::by_onednn() {
  if constexpr (std::is_same_v<T, float>) {
    onednn_product(n, n, n, {a, n}, {b, n}, c);
    onednn_product(n, n, n, {dc, n}, {b, n, true}, da);
    onednn_product(n, n, n, {a, n, true}, {dc, n}, db);
  }
}

template <class T>
void Gemm<T>::step() {
  if (!fastest_) {
    // The best of some runs after the first, as caches and threads are then as they stay.
    const auto seconds = [this](auto way) {
      (this->*way)();
      auto best = std::chrono::steady_clock::duration::max();
      for (int i = 0; i < 3; ++i) {
        const auto start = std::chrono::steady_clock::now();
        (this->*way)();
        best = std::min(best, std::chrono::steady_clock::now() - start);
      }
      return best;
    };
    fastest_ = &Gemm::by_eigen;
    auto least = seconds(fastest_);
    const auto try_out = [&](auto way) {
      if (const auto time = seconds(way); time < least) {
        least = time;
        fastest_ = way;
      }
    };
    if (has_openblas()) try_out(&Gemm::by_openblas);
    if (std::is_same_v<T, float> && has_onednn()) try_out(&Gemm::by_onednn);
  }
  (this->*fastest_)();
}

template struct Gemm<float>;
template struct Gemm<double>;

}  // namespace limits
