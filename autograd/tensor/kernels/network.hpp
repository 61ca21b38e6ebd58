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

/// x - mean for a mean that the element type may not hold.
template <class T>
struct Centred {
  Batch<T> whole, rest;
  double mean;
  explicit Centred(double m)
      : whole(static_cast<T>(m)), rest(m - static_cast<double>(static_cast<T>(m))), mean(m) {}
  Batch<T> operator()(Batch<T> x) const { return (x - whole) - rest; }
  double operator()(double x) const { return x - mean; }
};
/// The same for a row in memory.
template <class T>
auto centred_row(const T* x, double mean) {
  return LazyRow{[x, centred = Centred<T>(mean)](const auto& load) { return centred(load(x)); }};
}

/// The mean and the variance of a row; both are corrected for the rounding of a first mean.
template <class T>
void moments(std::int64_t n, const void* row, double* mean, double* variance) {
  const T* x = static_cast<const T*>(row);
  const double count = static_cast<double>(n);
  const T shift = static_cast<T>(sum<T>(n, x) / count);
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
  *mean = static_cast<double>(shift) + d;
  *variance = std::max(0.0, second / count - d * d);
}

/// out = (x - mean) inverse gain + bias
template <class T>
void normalize(std::int64_t n, const void* row, double mean, double inverse, const void* gain,
               const void* bias, void* out, bool past_cache) {
  const T *x = static_cast<const T*>(row), *a = static_cast<const T*>(gain),
          *b = static_cast<const T*>(bias);
  T* to = static_cast<T*>(out);
  const Centred<T> centred(mean);
  const Batch<T> r(inverse);
  const auto result = [&](const auto& load) { return centred(load(x)) * r * load(a) + load(b); };
  if (past_cache)
    write_past_cache(n, to, result);
  else
    for_vectors<T>(n, [&](auto load, auto store) { store(to, result(load)); });
}

/// See ops::LayerNorm::gradient.
template <class T>
void normalize_gradient(std::int64_t n, const void* x, double mean, double inverse,
                        const void* gain, const void* g, void* out) {
  const auto mean_of = [n](const auto& row) { return sum<T>(n, row) / static_cast<double>(n); };
  const auto d = ops::LayerNorm::gradient(row(static_cast<const T*>(g)),
                                          centred_row(static_cast<const T*>(x), mean), inverse,
                                          row(static_cast<const T*>(gain)), mean_of);
  write(n, d, static_cast<T*>(out));
}

/// out += what ops::LayerNorm::gain_gradient says
template <class T>
void normalize_gain(std::int64_t n, const void* x, double mean, double inverse, const void* g,
                    void* out) {
  const auto d = ops::LayerNorm::gain_gradient(
      row(static_cast<const T*>(g)), centred_row(static_cast<const T*>(x), mean), inverse);
  T* const to = static_cast<T*>(out);
  write(n, row(static_cast<const T*>(to)) + d, to);
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
