// exp, sigmoid and tanh, inline: no call spills the registers of the loops around them. tanh
// and sigmoid are at most 3 ULP off, exp 2, with overflow, underflow to denormals, infinities and
// NaN as in the standard library; but sigmoid is 0 where e^-x overflows. Always inline: a compiler
// that has many kernels before it would give up.
#pragma once

#include <autograd/tensor/kernels/batch.hpp>
#include <initializer_list>
#include <limits>

namespace brickgrad::lanes {

/// The bits of the numbers as integers, and the other way round.
template <class T>
typename Mask<T>::Vector bits_of(Batch<T> x) {
  typename Mask<T>::Vector bits;
  std::memcpy(&bits, &x.v, sizeof bits);
  return bits;
}
template <class T>
Batch<T> from_bits(typename Mask<T>::Vector bits) {
  Batch<T> x;
  std::memcpy(&x.v, &bits, sizeof bits);
  return x;
}

/// x, which is not negative, with the sign of another number.
template <class T>
Batch<T> with_sign_of(Batch<T> x, Batch<T> sign) {
  constexpr auto sign_bit = std::numeric_limits<typename Mask<T>::Lane>::min();
  return from_bits<T>(bits_of(x) | (bits_of(sign) & sign_bit));
}

/// 2^n for integers n that give normal numbers, of which the lowest bits suffice.
inline Batch<float> power_of_two(Mask<float>::Vector n) {
  return from_bits<float>((n + 127) << 23);
}
inline Batch<double> power_of_two(Mask<double>::Vector n) {
  return from_bits<double>((n + 1023) << 52);
}

/// e^x = (1 + rest) 2^n with |rest| below 1/2; n is rounded to an integer by adding 1.5 2^23 or 1.5
/// 2^52 to it.
template <class T>
struct ExpParts {
  static constexpr T shift = sizeof(T) == 8 ? T(6755399441055744.) : T(12582912.);
  Batch<T> rest, n, shifted;

  Batch<T> fraction() const { return rest + Batch<T>(1); }
  /// n in the lowest bits.
  typename Mask<T>::Vector exponent() const { return bits_of(shifted); }
};

/// c[0] + c[1] x + c[2] x^2 + …; the terms of even and of odd powers do not wait for each other.
template <std::size_t N, class T>
[[gnu::always_inline]] inline Batch<T> polynomial(const T (&c)[N], Batch<T> x, Batch<T> square) {
  using B = Batch<T>;
  B sum(c[N - 1]), other(c[N - 2]);
  for (std::size_t i = N - 2; i-- > 0;) {
    const B next = multiply_add(sum, square, B(c[i]));
    sum = other;
    other = next;
  }
  return N % 2 == 0 ? multiply_add(sum, x, other) : multiply_add(other, x, sum);
}

/// x = n log 2 + r, and a polynomial for e^r - 1 (Cephes' expf).
[[gnu::always_inline]] inline ExpParts<float> exp_parts(Batch<float> x) {
  using B = Batch<float>;
  const B shift(ExpParts<float>::shift);
  const B shifted = multiply_add(x, B(1.44269504088896341f), shift);
  const B n = shifted - shift;
  const B r = multiply_add(n, B(2.12194440e-4f), multiply_add(n, B(-0.693359375f), x));
  constexpr float c[] = {5.0000001201e-1f, 1.6666665459e-1f, 4.1665795894e-2f,
                         8.3334519073e-3f, 1.3981999507e-3f, 1.9875691500e-4f};
  const B square = r * r;
  return {multiply_add(polynomial(c, r, square), square, r), n, shifted};
}

/// The same for float64: (e^r - 1 - r) / r^2 is interpolated at Chebyshev's points, which costs
/// 2e-17 of e^r.
[[gnu::always_inline]] inline ExpParts<double> exp_parts(Batch<double> x) {
  using B = Batch<double>;
  const B shift(ExpParts<double>::shift);
  const B shifted = multiply_add(x, B(1.44269504088896340736), shift);
  const B n = shifted - shift;
  const B r =
      multiply_add(n, B(-1.428606820309417232e-6), multiply_add(n, B(-0.693145751953125), x));
  constexpr double c[] = {0.5000000000000001,     0.16666666666666669,    0.041666666666624136,
                          0.008333333333330063,   0.001388888891720967,   0.00019841269863050506,
                          2.4801521302241082e-05, 2.7557268464831627e-06, 2.7620085455018414e-07,
                          2.510038319586702e-08};
  const B square = r * r;
  return {multiply_add(polynomial(c, r, square), square, r), n, shifted};
}

/// Neither a large nor a denormal result is lost on the way: where the processor has no instruction
/// for it, 2^n is two factors.
template <class T>
[[gnu::always_inline]] inline Batch<T> exp(Batch<T> x) {
  constexpr T most = sizeof(T) == 8 ? T(710) : T(89), least = sizeof(T) == 8 ? T(-746) : T(-105);
  const ExpParts<T> e = exp_parts(limited(x, least, most));
#if BRICKGRAD_VECTOR_BYTES == 64
  if constexpr (sizeof(T) == 8)
    return Batch<T>(_mm512_maskz_scalef_pd(0xff, e.fraction().v, e.n.v));
  else
    return Batch<T>(_mm512_maskz_scalef_ps(0xffff, e.fraction().v, e.n.v));
#else
  const auto half = bits_of(multiply_add(e.n, Batch<T>(T(0.5)), Batch<T>(e.shift)));
  return e.fraction() * power_of_two(half) * power_of_two(e.exponent() - half);
#endif
}

template <class T>
[[gnu::always_inline]] inline Batch<T> sigmoid(Batch<T> x) {
  return Batch<T>(1) / (Batch<T>(1) + exp(-x));
}

/// exp(x) for x up to 0 at less cost; a result that would be denormal is 0.
template <class T>
[[gnu::always_inline]] inline Batch<T> exp_of_negative(Batch<T> x) {
  using B = Batch<T>;
  constexpr T least = sizeof(T) == 8 ? T(-708) : T(-87);
  const ExpParts<T> e = exp_parts(x);
  return where(x < B(least), B(0), e.fraction() * power_of_two(e.exponent()));
}

/// (e^2|x| - 1) / (e^2|x| + 1) with the sign of x; e^2|x| - 1 from its parts, so that nothing
/// cancels near 0.
template <class T>
[[gnu::always_inline]] inline Batch<T> tanh(Batch<T> x) {
  using B = Batch<T>;
  constexpr T most = sizeof(T) == 8 ? T(40) : T(20);  // from there on it is 1
  const B size = abs(x);
  const ExpParts<T> e = exp_parts(limited(size + size, T(0), most));
  const B power = power_of_two(e.exponent());
  const B less_one = multiply_add(power, e.rest, power - B(1));
  return with_sign_of(less_one / (less_one + B(2)), x);
}

}  // namespace brickgrad::lanes
