// A register of numbers over the compilers' vector extensions: what the texts of the elementwise
// ops are instantiated on inside the kernels. Non-template friends and an implicit constructor from
// a number let literals in those texts just work.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#ifndef BRICKGRAD_VECTOR_BYTES
#define BRICKGRAD_VECTOR_BYTES 16
#endif

namespace brickgrad::lanes {

template <class T>
struct Batch;

template <class T>
struct Mask {
  using Lane = std::conditional_t<sizeof(T) == 8, long long, int>;
  using Vector [[gnu::vector_size(BRICKGRAD_VECTOR_BYTES)]] = Lane;
  Vector v;
};

template <class T>
struct Batch {
  static constexpr int width = BRICKGRAD_VECTOR_BYTES / sizeof(T);
  using Vector [[gnu::vector_size(BRICKGRAD_VECTOR_BYTES)]] = T;
  using M = Mask<T>;
  Vector v;

  Batch() = default;
  Batch(Vector x) : v(x) {}
  template <class S>
  requires std::is_arithmetic_v<S> Batch(S x) : v(static_cast<T>(x) - Vector{}) {}

  static Batch load(const T* p) {
    Batch b;
    std::memcpy(&b.v, p, sizeof(Vector));
    return b;
  }
  void store(T* p) const { std::memcpy(p, &v, sizeof(Vector)); }
  /// To an address that is a multiple of the vector's size. Others see it after
  /// finish_passing_cache().
  void store_past_cache(T* p) const {
    using Whole = long long __attribute__((vector_size(BRICKGRAD_VECTOR_BYTES)));
    const auto bits = (Whole)v;
#if BRICKGRAD_VECTOR_BYTES == 64
    _mm512_stream_si512(reinterpret_cast<__m512i*>(p), (__m512i)bits);
#elif BRICKGRAD_VECTOR_BYTES == 32
    _mm256_stream_si256(reinterpret_cast<__m256i*>(p), (__m256i)bits);
#elif defined(__SSE2__)
    _mm_stream_si128(reinterpret_cast<__m128i*>(p), (__m128i)bits);
#else
    std::memcpy(p, &bits, sizeof bits);
#endif
  }
  /// The first n lanes from memory; the others are 1, which every formula bears, or another number.
  static Batch load_first(const T* p, int n, T others = T(1));
  void store_first(T* p, int n) const;
  static M first_lanes(int n) {
    typename M::Vector index;
    for (int i = 0; i < width; ++i) index[i] = i;
    return {index < static_cast<typename M::Lane>(n)};
  }

  friend Batch operator+(Batch a, Batch b) { return a.v + b.v; }
  friend Batch operator-(Batch a, Batch b) { return a.v - b.v; }
  friend Batch operator*(Batch a, Batch b) { return a.v * b.v; }
  friend Batch operator/(Batch a, Batch b) { return a.v / b.v; }
  friend Batch operator-(Batch a) { return -a.v; }
  friend M operator<(Batch a, Batch b) { return {a.v < b.v}; }
  friend M operator<=(Batch a, Batch b) { return {a.v <= b.v}; }
  friend M operator>(Batch a, Batch b) { return {a.v > b.v}; }
  friend M operator>=(Batch a, Batch b) { return {a.v >= b.v}; }
  friend M operator==(Batch a, Batch b) { return {a.v == b.v}; }
  friend M operator!=(Batch a, Batch b) { return {a.v != b.v}; }
  friend Batch where(M m, Batch a, Batch b) { return m.v ? a.v : b.v; }
  friend Batch abs(Batch a) {
    constexpr auto sign_off = sizeof(T) == 8 ? static_cast<typename M::Lane>(0x7fffffffffffffffLL)
                                             : static_cast<typename M::Lane>(0x7fffffff);
    typename M::Vector bits;
    std::memcpy(&bits, &a.v, sizeof bits);
    bits &= sign_off;
    std::memcpy(&a.v, &bits, sizeof bits);
    return a;
  }
  friend Batch sqrt(Batch a) {
#if BRICKGRAD_VECTOR_BYTES == 64
    if constexpr (sizeof(T) == 8)
      return static_cast<Vector>(_mm512_sqrt_pd(a.v));
    else
      return static_cast<Vector>(_mm512_sqrt_ps(a.v));
#elif BRICKGRAD_VECTOR_BYTES == 32
    if constexpr (sizeof(T) == 8)
      return static_cast<Vector>(_mm256_sqrt_pd(a.v));
    else
      return static_cast<Vector>(_mm256_sqrt_ps(a.v));
#elif defined(__SSE2__)
    if constexpr (sizeof(T) == 8)
      return static_cast<Vector>(_mm_sqrt_pd(a.v));
    else
      return static_cast<Vector>(_mm_sqrt_ps(a.v));
#else
    for (int i = 0; i < width; ++i)
      a.v[i] = sizeof(T) == 8 ? __builtin_sqrt(a.v[i]) : __builtin_sqrtf(a.v[i]);
    return a;
#endif
  }
};

/// Asks for the cache line of an address, which need not be valid.
inline void prefetch(const void* p) { __builtin_prefetch(p); }
/// The same, into the second level of the caches.
inline void prefetch_far(const void* p) { __builtin_prefetch(p, 0, 2); }

inline void finish_passing_cache() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

/// Between two plain numbers.
template <class T, class A, class B>
requires(std::is_arithmetic_v<A>&& std::is_arithmetic_v<B>) Batch<T> where(Mask<T> m, A a, B b) {
  return where(m, Batch<T>(a), Batch<T>(b));
}

template <class T>
Batch<T> Batch<T>::load_first(const T* p, int n, T others) {
#if BRICKGRAD_VECTOR_BYTES == 64
  // Half a register as such: a processor waits where it reads through a mask what was just written.
  if (n == width / 2) {
    const Batch all(others);
    if constexpr (sizeof(T) == 8)
      return static_cast<Vector>(_mm512_insertf64x4((__m512d)all.v, _mm256_loadu_pd(p), 0));
    else
      return static_cast<Vector>(_mm512_insertf32x8((__m512)all.v, _mm256_loadu_ps(p), 0));
  }
  if constexpr (sizeof(T) == 8)
    return static_cast<Vector>(
        _mm512_mask_loadu_pd(_mm512_set1_pd(others), static_cast<__mmask8>((1u << n) - 1), p));
  else
    return static_cast<Vector>(
        _mm512_mask_loadu_ps(_mm512_set1_ps(others), static_cast<__mmask16>((1u << n) - 1), p));
#elif BRICKGRAD_VECTOR_BYTES == 32
  const auto chosen = first_lanes(n);
  Batch b;
  if constexpr (sizeof(T) == 8)
    b.v = _mm256_maskload_pd(p, (__m256i)chosen.v);
  else
    b.v = _mm256_maskload_ps(p, (__m256i)chosen.v);
  return where(chosen, b, Batch(others));
#else
  Batch b(others);
  for (int i = 0; i < n; ++i) b.v[i] = p[i];
  return b;
#endif
}

template <class T>
void Batch<T>::store_first(T* p, int n) const {
#if BRICKGRAD_VECTOR_BYTES == 64
  if (n == width / 2) {
    if constexpr (sizeof(T) == 8)
      return _mm256_storeu_pd(p, _mm512_castpd512_pd256((__m512d)v));
    else
      return _mm256_storeu_ps(p, _mm512_castps512_ps256((__m512)v));
  }
  if constexpr (sizeof(T) == 8)
    _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1u << n) - 1), v);
  else
    _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), v);
#else
  if (n == width) return store(p);
  // By halves, quarters, …
  T lane[width];
  store(lane);
  int at = 0;
  const auto some = [&]<int Count>(std::integral_constant<int, Count>) {
    if constexpr (Count < width)
      if (n & Count) {
        std::memcpy(p + at, lane + at, Count * sizeof(T));
        at += Count;
      }
  };
  some(std::integral_constant<int, 4>{});
  some(std::integral_constant<int, 2>{});
  some(std::integral_constant<int, 1>{});
#endif
}

/// a b + c, rounded once where the processor can.
template <class T>
Batch<T> multiply_add(Batch<T> a, Batch<T> b, Batch<T> c) {
#if BRICKGRAD_VECTOR_BYTES == 64
  if constexpr (sizeof(T) == 8)
    return Batch<T>(_mm512_fmadd_pd(a.v, b.v, c.v));
  else
    return Batch<T>(_mm512_fmadd_ps(a.v, b.v, c.v));
#elif BRICKGRAD_VECTOR_BYTES == 32 && defined(__FMA__)
  if constexpr (sizeof(T) == 8)
    return Batch<T>(_mm256_fmadd_pd(a.v, b.v, c.v));
  else
    return Batch<T>(_mm256_fmadd_ps(a.v, b.v, c.v));
#else
  return a * b + c;
#endif
}

/// x not below `least` and not above `most`; NaN stays NaN.
template <class T>
Batch<T> limited(Batch<T> x, T least, T most) {
  const Batch<T> low(least), high(most);
#if BRICKGRAD_VECTOR_BYTES == 64  // for all lanes: g++ 12 warns of those without a choice of lanes
  if constexpr (sizeof(T) == 8)
    return Batch<T>(_mm512_maskz_min_pd(0xff, high.v, _mm512_maskz_max_pd(0xff, low.v, x.v)));
  else
    return Batch<T>(_mm512_maskz_min_ps(0xffff, high.v, _mm512_maskz_max_ps(0xffff, low.v, x.v)));
#elif BRICKGRAD_VECTOR_BYTES == 32
  if constexpr (sizeof(T) == 8)
    return Batch<T>(_mm256_min_pd(high.v, _mm256_max_pd(low.v, x.v)));
  else
    return Batch<T>(_mm256_min_ps(high.v, _mm256_max_ps(low.v, x.v)));
#else
  return where(x > high, high, where(x < low, low, x));
#endif
}

/// The same number, which the compiler shall not read from memory again at each use.
template <class T>
Batch<T> in_register(Batch<T> x) {
#if defined(__x86_64__)
  asm("" : "+v"(x.v));
#endif
  return x;
}

/// The same index, which the compiler shall not relate to that of the turn before: it would carry
/// numbers from turn to turn rather than read them again, and have no registers for the sums.
inline std::int64_t fresh(std::int64_t i) {
#if defined(__x86_64__)
  asm("" : "+r"(i));
#endif
  return i;
}

/// Lanes in runs of `Run`, every second one added to the one before it: those of a, then those of
/// b.
template <int Run, class T>
[[gnu::always_inline]] inline Batch<T> add_runs(Batch<T> a, Batch<T> b) {
  constexpr int width = Batch<T>::width;
  return [&]<int... I>(std::integer_sequence<int, I...>) {
    using Vector = typename Batch<T>::Vector;
    const Vector first = __builtin_shufflevector(a.v, b.v, (I / Run * 2 * Run + I % Run)...);
    const Vector second = __builtin_shufflevector(a.v, b.v, (I / Run * 2 * Run + I % Run + Run)...);
    return Batch<T>(first + second);
  }
  (std::make_integer_sequence<int, width>{});
}

/// f(0) … f(N - 1) with constants, so that arrays indexed by them stay in registers: g++ needs both
/// inlined for that.
template <int N, class F>
[[gnu::always_inline]] inline void each(const F& f) {
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, I>()), ...);
  }
  (std::make_integer_sequence<int, N>());
}

/// Lane l has number place(l) of those in M registers.
template <class T, int M, class Place>
[[gnu::always_inline]] inline Batch<T> picked(const Batch<T> (&x)[M], const Place&) {
  constexpr int width = Batch<T>::width;
  return [&]<int... L>(std::integer_sequence<int, L...>) {
    auto v =
        __builtin_shufflevector(x[0].v, x[M > 1].v, (Place()(L) < 2 * width ? Place()(L) : L)...);
    each<std::max(M - 2, 0)>([&](auto i) {
      constexpr int from = (i + 2) * width;
      constexpr bool used = ((Place()(L) >= from && Place()(L) < from + width) || ...);
      if constexpr (used)
        v = __builtin_shufflevector(
            v, x[i + 2].v,
            (Place()(L) >= from && Place()(L) < from + width ? Place()(L) - from + width : L)...);
    });
    return Batch<T>(v);
  }
  (std::make_integer_sequence<int, width>());
}

/// In each pair of neighbouring runs of lanes, exchanges the second one of `a` and the first of
/// `b`.
template <int Run, class T, int... I>
[[gnu::always_inline]] inline void exchange_runs(Batch<T>& a, Batch<T>& b,
                                                 std::integer_sequence<int, I...>) {
  constexpr int width = sizeof...(I);
  const auto first = a.v, second = b.v;
  a.v = __builtin_shufflevector(first, second, (I & Run ? width + I - Run : I)...);
  b.v = __builtin_shufflevector(first, second, (I & Run ? width + I : I + Run)...);
}

/// The columns of as many registers as one has lanes become its rows.
template <int Run = 1, class T>
[[gnu::always_inline]] inline void transpose(Batch<T>* b) {
  constexpr int width = Batch<T>::width;
  if constexpr (Run < width) {
    each<width>([&](int i) {
      if (!(i & Run))
        exchange_runs<Run>(b[i], b[i + Run], std::make_integer_sequence<int, width>{});
    });
    transpose<2 * Run>(b);
  }
}

/// The sum of the numbers in a register of so many bytes: halves are added until two are left.
template <class T, int Bytes>
T sum_of_halves(const void* lanes) {
  using Half [[gnu::vector_size(Bytes / 2)]] = T;
  Half low, high;
  std::memcpy(&low, lanes, sizeof low);
  std::memcpy(&high, static_cast<const char*>(lanes) + sizeof low, sizeof high);
  low += high;
  if constexpr (sizeof low == 2 * sizeof(T))
    return low[0] + low[1];
  else if constexpr (sizeof low == sizeof(T))
    return low[0];
  else
    return sum_of_halves<T, Bytes / 2>(&low);
}
template <class T>
T sum_of_lanes(Batch<T> b) {
  return sum_of_halves<T, BRICKGRAD_VECTOR_BYTES>(&b.v);
}

/// The sums of the numbers in each of up to as many registers as one has lanes, in order, in one
/// register: a third of the work of summing each. What follows them is arbitrary.
template <int N, int Run, class T>
[[gnu::always_inline]] inline Batch<T> sums_of_runs(const Batch<T>* b) {
  Batch<T> half[(N + 1) / 2];
  each<(N + 1) / 2>(
      [&](int i) { half[i] = add_runs<Run>(b[2 * i], b[std::min(2 * i + 1, N - 1)]); });
  if constexpr (Run == 1)
    return half[0];
  else
    return sums_of_runs<(N + 1) / 2, Run / 2>(half);
}
template <int N, class T>
[[gnu::always_inline]] inline Batch<T> sums_of_lanes(const Batch<T>* b) {
  static_assert(N <= Batch<T>::width);
  return sums_of_runs<N, Batch<T>::width / 2>(b);
}

}  // namespace brickgrad::lanes
