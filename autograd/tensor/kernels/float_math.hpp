// exp and tanh of float32, inline: no call spills the registers of the loops around them. At most
// 2 ULP; overflow, underflow to denormals, infinities and NaN as in the standard library.
#pragma once

#include <autograd/tensor/kernels/batch.hpp>

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
