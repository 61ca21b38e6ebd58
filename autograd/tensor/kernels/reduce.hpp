// Sums, maxima and the passes of a softmax over one contiguous row.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels/vector_math.hpp>
#include <cstdint>

namespace brickgrad::lanes {

/// Adds up f(i) over [0, n): four registers of partial sums, in blocks that are added pairwise, so
/// that the rounding error grows with the logarithm of n.
template <class T, class F, class Rest>
double sum_blocks(std::int64_t begin, std::int64_t n, const F& f, const Rest& rest) {
  using B = Batch<T>;
  constexpr std::int64_t block = 64 * B::width;
  if (n > 2 * block) {
    const std::int64_t half = (n / 2 + block - 1) / block * block;
    return sum_blocks<T>(begin, half, f, rest) + sum_blocks<T>(begin + half, n - half, f, rest);
  }
  B s[4] = {B(0), B(0), B(0), B(0)};
  std::int64_t i = 0;
  for (; i + 4 * B::width <= n; i += 4 * B::width)
    for (int k = 0; k < 4; ++k) s[k] = s[k] + f(begin + i + k * B::width);
  for (; i + B::width <= n; i += B::width) s[0] = s[0] + f(begin + i);
  double total = static_cast<double>(sum_of_lanes((s[0] + s[1]) + (s[2] + s[3])));
  for (; i < n; ++i) total += static_cast<double>(rest(begin + i));
  return total;
}

template <class T>
double sum(std::int64_t n, const void* data) {
  const T* x = static_cast<const T*>(data);
  return sum_blocks<T>(
      0, n, [x](std::int64_t i) { return Batch<T>::load(x + i); },
      [x](std::int64_t i) { return x[i]; });
}

template <class T>
double dot(std::int64_t n, const void* a, const void* b) {
  const T *x = static_cast<const T*>(a), *y = static_cast<const T*>(b);
  return sum_blocks<T>(
      0, n, [x, y](std::int64_t i) { return Batch<T>::load(x + i) * Batch<T>::load(y + i); },
      [x, y](std::int64_t i) { return x[i] * y[i]; });
}

template <class T>
double max(std::int64_t n, const void* data) {
  using B = Batch<T>;
  const T* x = static_cast<const T*>(data);
  // Not (a >= b) picks b also when it is NaN; a NaN in a stays because a + b is NaN.
  auto larger = [](B a, B b) { return where(a >= b, a, where(b > a, b, a + b)); };
  B m(x[0]), several[4] = {m, m, m, m};
  std::int64_t i = 0;
  for (; i + 4 * B::width <= n; i += 4 * B::width)
    for (int k = 0; k < 4; ++k) several[k] = larger(several[k], B::load(x + i + k * B::width));
  for (const B& s : several) m = larger(m, s);
  for (; i + B::width <= n; i += B::width) m = larger(m, B::load(x + i));
  T lane[B::width], best = x[0];
  m.store(lane);
  auto keep = [&best](T v) { best = best >= v ? best : v > best ? v : best + v; };
  for (T v : lane) keep(v);
  for (; i < n; ++i) keep(x[i]);
  return static_cast<double>(best);
}

template <class T>
void axpy(std::int64_t n, double alpha, const void* from, void* to) {
  using B = Batch<T>;
  const T* x = static_cast<const T*>(from);
  T* y = static_cast<T*>(to);
  const B a(alpha);
  std::int64_t i = 0;
  for (; i + B::width <= n; i += B::width) (B::load(y + i) + a * B::load(x + i)).store(y + i);
  if (const int rest = static_cast<int>(n - i))
    (B::load_first(y + i, rest) + a * B::load_first(x + i, rest)).store_first(y + i, rest);
}

template <class T>
void affine(std::int64_t n, const void* from, double scale, double shift, void* to) {
  using B = Batch<T>;
  const T* x = static_cast<const T*>(from);
  T* y = static_cast<T*>(to);
  const B a(scale), b(shift);
  std::int64_t i = 0;
  for (; i + B::width <= n; i += B::width) (a * B::load(x + i) + b).store(y + i);
  if (const int rest = static_cast<int>(n - i))
    (a * B::load_first(x + i, rest) + b).store_first(y + i, rest);
}

template <class T>
double exp_shifted(std::int64_t n, const void* from, double shift, void* to) {
  using B = Batch<T>;
  const T* x = static_cast<const T*>(from);
  T* y = static_cast<T*>(to);
  const B s(shift);
  double sum = 0;
  std::int64_t i = 0;
  // Blocks are summed in the element type, and their sums in double.
  while (i + B::width <= n) {
    const std::int64_t end = std::min(n, i + 64 * B::width);
    B total(0);
    for (; i + B::width <= end; i += B::width) {
      const B e = exp(B::load(x + i) - s);
      e.store(y + i);
      total = total + e;
    }
    sum += static_cast<double>(sum_of_lanes(total));
  }
  if (const int rest = static_cast<int>(n - i)) {
    exp(B::load_first(x + i, rest) - s).store_first(y + i, rest);
    for (; i < n; ++i) sum += static_cast<double>(y[i]);
  }
  return sum;
}

}  // namespace brickgrad::lanes
