// log, sin, … of a Batch; exp, sigmoid and tanh are inline. On x86-64 with glibc 2.35 or later,
// which the build finds out, they are libmvec's functions, called by symbol (at most 4 ULP);
// elsewhere a loop over the lanes.
#pragma once

#include <autograd/tensor/kernels/batch.hpp>
#include <autograd/tensor/kernels/inline_math.hpp>
#include <cmath>

#ifdef BRICKGRAD_HAS_LIBMVEC
#if BRICKGRAD_VECTOR_BYTES == 64
#define BRICKGRAD_MVEC(kind, name) _ZGVeN8##kind##_##name
#define BRICKGRAD_MVECF(kind, name) _ZGVeN16##kind##_##name##f
#elif BRICKGRAD_VECTOR_BYTES == 32
#define BRICKGRAD_MVEC(kind, name) _ZGVdN4##kind##_##name
#define BRICKGRAD_MVECF(kind, name) _ZGVdN8##kind##_##name##f
#else
#define BRICKGRAD_MVEC(kind, name) _ZGVbN2##kind##_##name
#define BRICKGRAD_MVECF(kind, name) _ZGVbN4##kind##_##name##f
#endif
#endif

// clang-format off
#define BRICKGRAD_FUNCTIONS_1(F)                                                          \
  F(acos) F(acosh) F(asin) F(asinh) F(atan) F(atanh) F(cbrt) F(cos) F(cosh) F(erf) \
  F(erfc) F(exp2) F(expm1) F(log) F(log10) F(log1p) F(log2) F(sin) F(sinh) F(tan)
#define BRICKGRAD_FUNCTIONS_2(F) F(atan2) F(pow)
// clang-format on

namespace brickgrad::lanes {

#ifdef BRICKGRAD_HAS_LIBMVEC
extern "C" {
#define BRICKGRAD_DECLARE(f)                                         \
  Batch<double>::Vector BRICKGRAD_MVEC(v, f)(Batch<double>::Vector); \
  Batch<float>::Vector BRICKGRAD_MVECF(v, f)(Batch<float>::Vector);
BRICKGRAD_FUNCTIONS_1(BRICKGRAD_DECLARE)
#undef BRICKGRAD_DECLARE
#define BRICKGRAD_DECLARE(f)                                                                 \
  Batch<double>::Vector BRICKGRAD_MVEC(vv, f)(Batch<double>::Vector, Batch<double>::Vector); \
  Batch<float>::Vector BRICKGRAD_MVECF(vv, f)(Batch<float>::Vector, Batch<float>::Vector);
BRICKGRAD_FUNCTIONS_2(BRICKGRAD_DECLARE)
#undef BRICKGRAD_DECLARE
}
#define BRICKGRAD_DEFINE(f)                                                     \
  inline Batch<double> f(Batch<double> x) { return BRICKGRAD_MVEC(v, f)(x.v); } \
  inline Batch<float> f(Batch<float> x) { return BRICKGRAD_MVECF(v, f)(x.v); }
BRICKGRAD_FUNCTIONS_1(BRICKGRAD_DEFINE)
#undef BRICKGRAD_DEFINE
#define BRICKGRAD_DEFINE(f)                                                            \
  inline Batch<double> f(Batch<double> x, Batch<double> y) {                           \
    return BRICKGRAD_MVEC(vv, f)(x.v, y.v);                                            \
  }                                                                                    \
  inline Batch<float> f(Batch<float> x, Batch<float> y) {                              \
    return BRICKGRAD_MVECF(vv, f)(x.v, y.v);                                           \
  }                                                                                    \
  inline Batch<double> f(Batch<double> x, double y) { return f(x, Batch<double>(y)); } \
  inline Batch<float> f(Batch<float> x, double y) { return f(x, Batch<float>(y)); }
BRICKGRAD_FUNCTIONS_2(BRICKGRAD_DEFINE)
#undef BRICKGRAD_DEFINE
#else
#define BRICKGRAD_DEFINE(f)                                            \
  template <class T>                                                   \
  Batch<T> f(Batch<T> x) {                                             \
    for (int i = 0; i < Batch<T>::width; ++i) x.v[i] = std::f(x.v[i]); \
    return x;                                                          \
  }
BRICKGRAD_FUNCTIONS_1(BRICKGRAD_DEFINE)
#undef BRICKGRAD_DEFINE
#define BRICKGRAD_DEFINE(f)                                                    \
  template <class T>                                                           \
  Batch<T> f(Batch<T> x, std::type_identity_t<Batch<T>> y) {                   \
    for (int i = 0; i < Batch<T>::width; ++i) x.v[i] = std::f(x.v[i], y.v[i]); \
    return x;                                                                  \
  }
BRICKGRAD_FUNCTIONS_2(BRICKGRAD_DEFINE)
#undef BRICKGRAD_DEFINE
#endif

}  // namespace brickgrad::lanes
