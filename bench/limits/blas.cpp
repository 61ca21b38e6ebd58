#include "blas.hpp"

#include <dlfcn.h>

#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <type_traits>

namespace limits {

namespace {

/// The first of these libraries that is there, or null.
void* opened(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return library;
  return nullptr;
}

template <class T>
using Gemm = void (*)(int, int, int, int, int, int, T, const T*, int, const T*, int, T, T*, int);

struct OpenBlas {
  Gemm<float> sgemm = nullptr;
  Gemm<double> dgemm = nullptr;

  OpenBlas() {
    // Else its threads wait for work beside all that is timed.
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
    // Debian's name for it beside other libraries of that interface, and the usual one.
    void* library = opened({"libopenblas.so.0", "libopenblas.so"});
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

struct OneDnn {
  int (*sgemm)(char, char, std::int64_t, std::int64_t, std::int64_t, float, const float*,
               std::int64_t, const float*, std::int64_t, float, float*, std::int64_t) = nullptr;

  OneDnn() {
    void* library = opened({"libdnnl.so.3", "libdnnl.so.2", "libdnnl.so"});
    if (!library) return;
    sgemm = reinterpret_cast<decltype(sgemm)>(dlsym(library, "dnnl_sgemm"));
    // Of the OpenMP that came with it.
    if (const auto set = reinterpret_cast<void (*)(int)>(dlsym(library, "omp_set_num_threads")))
      set(1);
  }
};

const OneDnn& onednn() {
  static const OneDnn library;
  return library;
}

}  // namespace

bool has_openblas() { return openblas().sgemm && openblas().dgemm; }
bool has_onednn() { return onednn().sgemm; }

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

void onednn_product(int rows, int columns, int terms, BlasMatrix<float> a, BlasMatrix<float> b,
                    float* c) {
  const auto order = [](const auto& m) { return m.transposed ? 'T' : 'N'; };
  if (onednn().sgemm(order(a), order(b), rows, columns, terms, 1, a.data, a.stride, b.data,
                     b.stride, 0, c, columns) != 0)
    std::abort();
}

}  // namespace limits
