// Passes over one row that networks are made of: normalisation, the derivative of softmax, squared
// errors, the step of an LSTM.
#pragma once

#include <algorithm>
#include <autograd/ops/arithmetic.hpp>
#include <autograd/ops/loss.hpp>
#include <autograd/ops/normalization.hpp>
#include <autograd/ops/recurrent.hpp>
#include <autograd/ops/reduction.hpp>
#include <autograd/tensor/kernels/lazy_row.hpp>

namespace brickgrad::lanes {

/// x - mean, for lanes of the element type, which may not hold that mean, and for numbers.
template <class T>
[[gnu::always_inline]] inline Batch<T> centred(Batch<T> x, double mean) {
  const T whole = static_cast<T>(mean);
  return (x - Batch<T>(whole)) - Batch<T>(mean - static_cast<double>(whole));
}
inline double centred(double x, double mean) { return x - mean; }
/// The same for a row in memory.
template <class T>
[[gnu::always_inline]] inline auto centred_row(const T* x, double mean) {
  const auto at = [ x, mean ](const auto& load) __attribute__((always_inline)) {
    return centred(load(x), mean);
  };
  return LazyRow(at);
}

/// The moments of a row; mean and variance are corrected for the rounding of a first mean.
template <class T>
Moments moments(std::int64_t n, const T* x, double epsilon) {
  const double count = static_cast<double>(n);
  const T shift = static_cast<T>(sum<T>(n, row(x)) / count);
  using B = Batch<T>;
  const B s(shift);
  double first = 0, second = 0;
  std::int64_t i = 0;
  // Blocks are summed in the element type, and their sums in double.
  while (i + 2 * B::width <= n) {
    const std::int64_t end = std::min(n, i + 64 * B::width);
    B sums[2] = {B(0), B(0)}, squares[2] = {B(0), B(0)};
    for (; i + 2 * B::width <= end; i += 2 * B::width)
      for (int k = 0; k < 2; ++k) {
        prefetch(x + i + k * B::width + n);  // the row behind this one
        const B c = B::load(x + i + k * B::width) - s;
        sums[k] = sums[k] + c;
        squares[k] = squares[k] + c * c;
      }
    first += static_cast<double>(sum_of_lanes(sums[0] + sums[1]));
    second += static_cast<double>(sum_of_lanes(squares[0] + squares[1]));
  }
  for (; i < n; ++i) {
    const double c = static_cast<double>(x[i]) - static_cast<double>(shift);
    first += c;
    second += c * c;
  }
  const double d = first / count;
  const double variance = std::max(0.0, second / count - d * d);
  return {static_cast<double>(shift) + d, 1 / std::sqrt(variance + epsilon)};
}

/// out = (x - mean) inverse gain + bias
template <class T>
void normalize(std::int64_t count, std::int64_t n, const void* rows, double epsilon,
               const void* gain, const void* bias, void* out, Moments* all, bool past_cache) {
  const T *x = static_cast<const T*>(rows), *a = static_cast<const T*>(gain),
          *b = static_cast<const T*>(bias);
  T* to = static_cast<T*>(out);
  for (std::int64_t i = 0; i < count; ++i, x += n, to += n) {
    const Moments m = all[i] = moments(n, x, epsilon);
    const auto result = centred_row(x, m.mean) * m.inverse * row(a) + row(b);
    if (past_cache)
      write_past_cache(n, to, result.at);
    else
      write(n, result, to);
  }
}

/// out = what ops::LayerNorm::gradient says of each row
template <class T>
void normalize_gradient(std::int64_t count, std::int64_t n, const void* rows, const Moments* all,
                        const void* gain, const void* gradient, void* out) {
  const T *x = static_cast<const T*>(rows), *g = static_cast<const T*>(gradient);
  T* to = static_cast<T*>(out);
  const auto a = row(static_cast<const T*>(gain));
  const auto mean_of = [n](const auto& row) { return sum<T>(n, row) / static_cast<double>(n); };
  for (std::int64_t i = 0; i < count; ++i, x += n, g += n, to += n)
    write(n,
          ops::LayerNorm::gradient(row(g), centred_row(x, all[i].mean), all[i].inverse, a, mean_of),
          to);
}

/// out += what ops::LayerNorm::gain_gradient says of each row
template <class T>
void normalize_gain(std::int64_t count, std::int64_t n, const void* rows, const Moments* all,
                    const void* gradient, void* out) {
  const T *x = static_cast<const T*>(rows), *g = static_cast<const T*>(gradient);
  const auto of_row = [&](std::int64_t i) {
    return ops::LayerNorm::gain_gradient(row(g + i * n), centred_row(x + i * n, all[i].mean),
                                         all[i].inverse);
  };
  T* const to = static_cast<T*>(out);
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    write(
        n,
        row(static_cast<const T*>(to)) + of_row(i) + of_row(i + 1) + of_row(i + 2) + of_row(i + 3),
        to);
  for (; i < count; ++i) write(n, row(static_cast<const T*>(to)) + of_row(i), to);
}

/// The sum of (x - y)^2.
template <class T>
double squared_error(std::int64_t n, const void* a, const void* b) {
  const T *x = static_cast<const T*>(a), *y = static_cast<const T*>(b);
  const auto square = [](auto d) { return d * d; };
  return sum_blocks<T>(
      0, n, [=](std::int64_t i) { return square(Batch<T>::load(x + i) - Batch<T>::load(y + i)); },
      [=](std::int64_t i) { return square(x[i] - y[i]); });
}

template <class T>
Batch<T> chain_mul(Batch<T> g, Batch<T> d) {
  return ops::ChainMul::forward(g, d);
}

/// out (+)= what ops::MseLoss::gradient says
template <class T>
void squared_error_gradient(std::int64_t n, const void* a, const void* b, double factor, void* to,
                            bool add) {
  const T *x = static_cast<const T*>(a), *y = static_cast<const T*>(b);
  T* out = static_cast<T*>(to);
  const Batch<T> f(factor);
  for_vectors<T>(n, [&](auto load, auto store) {
    const Batch<T> d = ops::MseLoss::gradient(f, load(x), load(y));
    store(out, add ? load(out) + d : d);
  });
}

/// See ops::Softmax::gradient.
template <class T>
void softmax_gradient(std::int64_t n, const void* result, const void* gradient, void* out) {
  const auto y = row(static_cast<const T*>(result)), g = row(static_cast<const T*>(gradient));
  const auto sum_of = [n](const auto& row) { return sum<T>(n, row); };
  write(n, ops::Softmax::gradient(g, y, sum_of), static_cast<T*>(out));
}

/// One row of the gates and of the state: four runs of n, and n.
template <class T>
void lstm(std::int64_t n, const void* gates, const void* state, void* h_out, void* c_out) {
  const T *p = static_cast<const T*>(gates), *c = static_cast<const T*>(state);
  T *to_h = static_cast<T*>(h_out), *to_c = static_cast<T*>(c_out);
  for_vectors<T>(n, [&](auto load, auto store) {
    const auto [h, next] =
        ops::LstmGates::state(load(p), load(p + n), load(p + 2 * n), load(p + 3 * n), load(c));
    store(to_c, next);
    store(to_h, h);
  });
}

/// From the gradients of the two results, those of the gates and of the state.
template <class T>
void lstm_gradient(std::int64_t n, const void* gates, const void* state, const void* d_h,
                   const void* d_c, void* d_gates, void* d_state) {
  const T *p = static_cast<const T*>(gates), *c = static_cast<const T*>(state),
          *dh = static_cast<const T*>(d_h), *dc = static_cast<const T*>(d_c);
  T *to = static_cast<T*>(d_gates), *to_state = static_cast<T*>(d_state);
  for_vectors<T>(n, [&](auto load, auto store) {
    const auto [i, f, g, o, before] = ops::LstmGates::gradient(
        load(dh), load(dc), load(p), load(p + n), load(p + 2 * n), load(p + 3 * n), load(c));
    store(to_state, before);
    store(to, i);
    store(to + n, f);
    store(to + 2 * n, g);
    store(to + 3 * n, o);
  });
}

}  // namespace brickgrad::lanes
