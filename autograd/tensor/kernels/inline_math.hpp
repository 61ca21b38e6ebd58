// exp, and tanh of float32, inline: no call spills the registers of the loops around them. At most
// 2 ULP; overflow, underflow to denormals, infinities and NaN as in the standard library.
#pragma once

#include <autograd/tensor/kernels/batch.hpp>
#include <initializer_list>

namespace brickgrad::lanes {

/// 2^n for integers n in [-126, 127], given as what lies in the low bits of 1.5 2^23 + n.
inline Batch<float> power_of_two(Mask<float>::Vector n) {
  const Mask<float>::Vector bits = (n + 127) << 23;
  Batch<float> out;
  std::memcpy(&out.v, &bits, sizeof bits);
  return out;
}

/// x = n log 2 + r, a polynomial for e^r (Cephes' expf), and 2^n in two factors, so that neither a
/// large nor a denormal result is lost on the way.
inline Batch<float> exp(Batch<float> x) {
  using B = Batch<float>;
  x = where(x > B(89.f), B(89.f), where(x < B(-105.f), B(-105.f), x));
  const B shift(12582912.f);  // 1.5 2^23: adding it rounds to an integer
  const B shifted = multiply_add(x, B(1.44269504088896341f), shift);
  const B n = shifted - shift;
  const B r = multiply_add(n, B(2.12194440e-4f), multiply_add(n, B(-0.693359375f), x));
  B p(1.9875691500e-4f);
  for (const float c :
       {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
    p = multiply_add(p, r, B(c));
  p = multiply_add(p, r * r, r) + B(1.f);
  Mask<float>::Vector k;
  std::memcpy(&k, &shifted.v, sizeof k);
  k -= 0x4b400000;
  const Mask<float>::Vector half = k >> 1;
  return p * power_of_two(half) * power_of_two(k - half);
}

/// The same for float64: (e^r - 1 - r) / r^2 is interpolated at Chebyshev's points, which costs
/// 2e-17 of e^r.
inline Batch<double> exp(Batch<double> x) {
  using B = Batch<double>;
  using Bits = Mask<double>::Vector;
  x = where(x > B(710.), B(710.), where(x < B(-746.), B(-746.), x));
  const B shift(6755399441055744.);  // 1.5 2^52
  const B shifted = multiply_add(x, B(1.44269504088896340736), shift);
  const B n = shifted - shift;
  const B r =
      multiply_add(n, B(-1.428606820309417232e-6), multiply_add(n, B(-0.693145751953125), x));
  B q(2.510038319586702e-08);
  for (const double c : {2.7620085455018414e-07, 2.7557268464831627e-06, 2.4801521302241082e-05,
                         0.00019841269863050506, 0.001388888891720967, 0.008333333333330063,
                         0.041666666666624136, 0.16666666666666669, 0.5000000000000001})
    q = multiply_add(q, r, B(c));
  const B p = multiply_add(q, r * r, r) + B(1.);
  // Only the twelve lowest bits of n, and of half of it, reach the exponents.
  const B halved = multiply_add(n, B(0.5), shift);
  Bits all, half;
  std::memcpy(&all, &shifted.v, sizeof all);
  std::memcpy(&half, &halved.v, sizeof half);
  const auto power = [](Bits k) {
    const Bits bits = (k + 1023) << 52;
    B out;
    std::memcpy(&out.v, &bits, sizeof bits);
    return out;
  };
  return p * power(half) * power(all - half);
}

/// 1 - 2 / (e^2|x| + 1) with the sign of x; near 0, where that cancels, a polynomial (Cephes'
/// tanhf).
inline Batch<float> tanh(Batch<float> x) {
  using B = Batch<float>;
  const B size = abs(x), square = x * x;
  B p(-5.70498872745e-3f);
  for (const float c :
       {2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f, -3.33332819422e-1f})
    p = multiply_add(p, square, B(c));
  // Below 1e-4 the cube is lost; -0 stays what it is.
  const B small = where(size < B(1e-4f), x, multiply_add(p * square, x, x));
  const B large = B(1.f) - B(2.f) / (exp(size + size) + B(1.f));
  return where(size < B(0.625f), small, where(x < B(0.f), -large, where(x == x, large, x)));
}

}  // namespace brickgrad::lanes
