// Sums, maxima and the passes of a softmax over one contiguous row.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels/vector_math.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

namespace brickgrad::lanes {

/// Adds up f(i) over so few numbers that the order counts for nothing. A register of partial sums
/// goes through each quarter of them: memory answers four such walks sooner than one, a tenth in
/// large tensors.
template <class T, class F, class Rest>
[[gnu::always_inline]] inline double sum_block(std::int64_t begin, std::int64_t n, const F& f,
                                               const Rest& rest) {
  using B = Batch<T>;
  B s[4] = {B(0), B(0), B(0), B(0)};
  const std::int64_t quarter = n / (4 * B::width) * B::width;
  for (std::int64_t i = begin; i < begin + quarter; i += B::width)
    for (int k = 0; k < 4; ++k) s[k] = s[k] + f(i + k * quarter);
  std::int64_t i = 4 * quarter;
  for (; i + B::width <= n; i += B::width) s[0] = s[0] + f(begin + i);
  double total = static_cast<double>(sum_of_lanes((s[0] + s[1]) + (s[2] + s[3])));
  for (; i < n; ++i) total += static_cast<double>(rest(begin + i));
  return total;
}

/// Adds up f(i) over [0, n) in blocks that are added pairwise, so that the rounding error grows
/// with the logarithm of n.
template <class T, class F, class Rest>
double sum_blocks(std::int64_t begin, std::int64_t n, const F& f, const Rest& rest) {
  constexpr std::int64_t block = 2048 / sizeof(T);
  if (n <= 2 * block) return sum_block<T>(begin, n, f, rest);
  const std::int64_t half = (n / 2 + block - 1) / block * block;
  return sum_blocks<T>(begin, half, f, rest) + sum_blocks<T>(begin + half, n - half, f, rest);
}

template <class T>
double sum(std::int64_t n, const void* data) {
  const T* x = static_cast<const T*>(data);
  return sum_blocks<T>(
      0, n, [x](std::int64_t i) { return Batch<T>::load(x + i); },
      [x](std::int64_t i) { return x[i]; });
}

template <class T>
double max(std::int64_t n, const void* data) {
  using B = Batch<T>;
  const T* x = static_cast<const T*>(data);
  // The comparison loses a NaN at the next element: they are counted apart.
  const auto larger = [](B a, B b) { return where(a > b, a, b); };
  B several[4] = {B(x[0]), B(x[0]), B(x[0]), B(x[0])};
  Mask<T> bad{};
  std::int64_t i = 0;
  const auto look = [&](B& m, std::int64_t at) {
    const B v = B::load(x + at);
    m = larger(m, v);
    // Only a NaN differs from itself.  NOLINTNEXTLINE(misc-redundant-expression)
    bad.v |= (v != v).v;
  };
  for (; i + 4 * B::width <= n; i += 4 * B::width)
    for (int k = 0; k < 4; ++k) look(several[k], i + k * B::width);
  for (; i + B::width <= n; i += B::width) look(several[0], i);
  T lane[B::width];
  larger(larger(several[0], several[1]), larger(several[2], several[3])).store(lane);
  T best = x[0];
  for (T v : lane) best = best > v ? best : v;
  bool any = false;
  for (int k = 0; k < B::width; ++k) any = any || bad.v[k] != 0;
  for (; i < n; ++i) {
    any = any || std::isnan(x[i]);
    best = best > x[i] ? best : x[i];
  }
  return any ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(best);
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

/// to[j] += the sum over rows of x[j], four rows at a time.
template <class T>
void add_rows(std::int64_t count, std::int64_t stride, std::int64_t columns, const void* from,
              void* to) {
  using B = Batch<T>;
  const T* x = static_cast<const T*>(from);
  T* y = static_cast<T*>(to);
  const auto add = [&](const auto& rows) {
    std::int64_t j = 0;
    for (; j + B::width <= columns; j += B::width)
      (B::load(y + j) + rows([j](const T* p) { return B::load(p + j); })).store(y + j);
    if (const int rest = static_cast<int>(columns - j))
      (B::load_first(y + j, rest) + rows([j, rest](const T* p) {
         return B::load_first(p + j, rest);
       })).store_first(y + j, rest);
  };
  for (; count >= 4; count -= 4, x += 4 * stride)
    add([&](const auto& load) {
      return (load(x) + load(x + stride)) + (load(x + 2 * stride) + load(x + 3 * stride));
    });
  for (; count > 0; --count, x += stride) add([&](const auto& load) { return load(x); });
}

/// to = f(load), where load(p) reads the lanes of a row p that belong to those of `to`: written
/// past the cache, where the processor need not read what is overwritten as a whole.
template <class T, class F>
void write_past_cache(std::int64_t n, T* to, const F& f) {
  using B = Batch<T>;
  const auto write_few = [&](std::int64_t i, int count) {
    f([i, count](const T* p) { return B::load_first(p + i, count); }).store_first(to + i, count);
  };
  const auto offset = reinterpret_cast<std::uintptr_t>(to) % sizeof(B);
  std::int64_t i = 0;
  if (offset > 0) {
    i = std::min<std::int64_t>(n, (sizeof(B) - offset) / sizeof(T));
    write_few(0, static_cast<int>(i));
  }
  for (; i + B::width <= n; i += B::width)
    f([i](const T* p) { return B::load(p + i); }).store_past_cache(to + i);
  if (const int rest = static_cast<int>(n - i)) write_few(i, rest);
  finish_passing_cache();
}

template <class T>
void scale_past_cache(std::int64_t n, const void* from, double scale, void* to) {
  const T* x = static_cast<const T*>(from);
  const Batch<T> a(scale);
  write_past_cache(n, static_cast<T*>(to), [&](const auto& load) { return a * load(x); });
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

/// y = exponential(x - shift), and the sum of it
template <class T, class F>
double exp_shifted(std::int64_t n, const T* x, double shift, T* y, const F& exponential) {
  using B = Batch<T>;
  const B s(shift);
  double sum = 0;
  std::int64_t i = 0;
  // Blocks are summed in the element type, and their sums in double.
  while (i + B::width <= n) {
    const std::int64_t end = std::min(n, i + 64 * B::width);
    B total(0);
    for (; i + B::width <= end; i += B::width) {
      prefetch(x + i + n);  // the row behind this one
      const B e = exponential(B::load(x + i) - s);
      e.store(y + i);
      total = total + e;
    }
    sum += static_cast<double>(sum_of_lanes(total));
  }
  if (const int rest = static_cast<int>(n - i)) {
    exponential(B::load_first(x + i, rest) - s).store_first(y + i, rest);
    for (; i < n; ++i) sum += static_cast<double>(y[i]);
  }
  return sum;
}

template <class T>
double exp_shifted(std::int64_t n, const void* from, double maximum, void* to) {
  const T* x = static_cast<const T*>(from);
  T* y = static_cast<T*>(to);
  if (std::abs(maximum) == std::numeric_limits<double>::infinity())
    return exp_shifted(n, x, 0, y, [](Batch<T> b) { return exp(b); });
  return exp_shifted(n, x, maximum, y, [](Batch<T> b) { return exp_of_negative(b); });
}

}  // namespace brickgrad::lanes
