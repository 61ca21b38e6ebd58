// Vectors as wide as this processor has them, and exp and tanh of them from glibc.
#pragma once

#include <cmath>

namespace limits {

#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
#elif defined(__AVX2__)
inline constexpr int vector_bytes = 32;
#else
inline constexpr int vector_bytes = 16;
#endif

template <class T>
struct VectorOf {
  using type [[gnu::vector_size(vector_bytes)]] = T;
};
template <class T>
using Vector = typename VectorOf<T>::type;
template <class T>
inline constexpr int lanes = vector_bytes / static_cast<int>(sizeof(T));

template <class T>
inline Vector<T> load(const T* p) {
  Vector<T> v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <class T>
inline void store(T* p, Vector<T> v) {
  __builtin_memcpy(p, &v, sizeof v);
}
template <class T>
inline Vector<T> all(T x) {
  return x - Vector<T>{};
}
template <class T>
inline T sum_of(Vector<T> v) {
  T s = 0;
  for (int i = 0; i < lanes<T>; ++i) s += v[i];
  return s;
}

#if defined(LIMITS_HAS_LIBMVEC)
#if defined(__AVX512F__)
#define LIMITS_NAME(function, suffix) _ZGVeN##suffix##v_##function
#define LIMITS_FLOATS 16
#define LIMITS_DOUBLES 8
#elif defined(__AVX2__)
#define LIMITS_NAME(function, suffix) _ZGVdN##suffix##v_##function
#define LIMITS_FLOATS 8
#define LIMITS_DOUBLES 4
#else
#define LIMITS_NAME(function, suffix) _ZGVbN##suffix##v_##function
#define LIMITS_FLOATS 4
#define LIMITS_DOUBLES 2
#endif
// The number of lanes is expanded before it is pasted.
#define LIMITS_CALL(function, suffix) LIMITS_NAME(function, suffix)
#define LIMITS_FUNCTION(function)                                                  \
  extern "C" Vector<float> LIMITS_CALL(function##f, LIMITS_FLOATS)(Vector<float>); \
  extern "C" Vector<double> LIMITS_CALL(function, LIMITS_DOUBLES)(Vector<double>); \
  inline Vector<float> function(Vector<float> x) {                                 \
    return LIMITS_CALL(function##f, LIMITS_FLOATS)(x);                             \
  }                                                                                \
  inline Vector<double> function(Vector<double> x) {                               \
    return LIMITS_CALL(function, LIMITS_DOUBLES)(x);                               \
  }
#else
#define LIMITS_FUNCTION(function)                                       \
  inline Vector<float> function(Vector<float> x) {                      \
    for (int i = 0; i < lanes<float>; ++i) x[i] = std::function(x[i]);  \
    return x;                                                           \
  }                                                                     \
  inline Vector<double> function(Vector<double> x) {                    \
    for (int i = 0; i < lanes<double>; ++i) x[i] = std::function(x[i]); \
    return x;                                                           \
  }
#endif
LIMITS_FUNCTION(exp)
LIMITS_FUNCTION(tanh)
#undef LIMITS_FUNCTION

}  // namespace limits
