#include "openblas.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <type_traits>

namespace limits {

namespace {

template <class T>
using Gemm = void (*)(int, int, int, int, int, int, T, const T*, int, const T*, int, T, T*, int);

struct OpenBlas {
  Gemm<float> sgemm = nullptr;
  Gemm<double> dgemm = nullptr;

  OpenBlas() {
    // Else its threads wait for work beside all that is timed.
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
    // Debian's name for it beside other libraries of that interface, and the usual one.
    void* library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) library = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    sgemm = reinterpret_cast<Gemm<float>>(dlsym(library, "cblas_sgemm"));
    dgemm = reinterpret_cast<Gemm<double>>(dlsym(library, "cblas_dgemm"));
    if (const auto set =
            reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads")))
      set(1);
  }
};

const OpenBlas& openblas() {
  static const OpenBlas library;
  return library;
}

}  // namespace

bool has_openblas() { return openblas().sgemm && openblas().dgemm; }

template <class T>
void openblas_product(int rows, int columns, int terms, BlasMatrix<T> a, BlasMatrix<T> b, T* c) {
  constexpr int by_row = 101, plain = 111, transposed = 112;
  const auto gemm = [] {
    if constexpr (std::is_same_v<T, float>)
      return openblas().sgemm;
    else
      return openblas().dgemm;
  }();
  gemm(by_row, a.transposed ? transposed : plain, b.transposed ? transposed : plain, rows, columns,
       terms, T(1), a.data, a.stride, b.data, b.stride, T(0), c, columns);
}

template void openblas_product(int, int, int, BlasMatrix<float>, BlasMatrix<float>, float*);
template void openblas_product(int, int, int, BlasMatrix<double>, BlasMatrix<double>, double*);

}  // namespace limits
