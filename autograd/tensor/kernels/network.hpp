// Passes over one row that networks are made of: normalisation, the derivative of softmax, squared
// errors, the step of an LSTM.
#pragma once

#include <algorithm>
#include <autograd/ops/activation.hpp>
#include <autograd/tensor/kernels/reduce.hpp>

namespace brickgrad::lanes {

/// Calls f(i, load, store) for every vector of a row, the last one with fewer lanes.
template <class T, class F>
void for_vectors(std::int64_t n, const F& f) {
  using B = Batch<T>;
  std::int64_t i = 0;
  for (; i + B::width <= n; i += B::width)
    f([i](const T* p) { return B::load(p + i); }, [i](T* p, B x) { x.store(p + i); });
  if (const int rest = static_cast<int>(n - i))
    f([i, rest](const T* p) { return B::load_first(p + i, rest); },
      [i, rest](T* p, B x) { x.store_first(p + i, rest); });
}

/// x - mean for a mean that the element type may not hold.
template <class T>
struct Centred {
  Batch<T> whole, rest;
  explicit Centred(double mean)
      : whole(static_cast<T>(mean)), rest(mean - static_cast<double>(static_cast<T>(mean))) {}
  Batch<T> operator()(Batch<T> x) const { return (x - whole) - rest; }
};

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

/// out = inverse (g gain - mean(g gain) - z mean(g gain z)), z = (x - mean) inverse
template <class T>
void normalize_gradient(std::int64_t n, const void* row, double mean, double inverse,
                        const void* gain, const void* gradient, void* out) {
  using B = Batch<T>;
  const T *x = static_cast<const T*>(row), *a = static_cast<const T*>(gain),
          *g = static_cast<const T*>(gradient);
  const Centred<T> centred(mean);
  const B r(inverse);
  const double count = static_cast<double>(n);
  const double first = dot<T>(n, g, a) / count;
  const double second =
      sum_blocks<T>(
          0, n,
          [&](std::int64_t i) {
            return B::load(g + i) * B::load(a + i) * (centred(B::load(x + i)) * r);
          },
          [&](std::int64_t i) {
            const double z = (static_cast<double>(x[i]) - mean) * inverse;
            return static_cast<double>(g[i]) * static_cast<double>(a[i]) * z;
          }) /
      count;
  const B s1(first), s2(second);
  for_vectors<T>(n, [&](auto load, auto store) {
    store(static_cast<T*>(out), r * (load(g) * load(a) - s1 - centred(load(x)) * r * s2));
  });
}

/// out += g (x - mean) inverse
template <class T>
void normalize_gain(std::int64_t n, const void* row, double mean, double inverse,
                    const void* gradient, void* out) {
  const T *x = static_cast<const T*>(row), *g = static_cast<const T*>(gradient);
  T* to = static_cast<T*>(out);
  const Centred<T> centred(mean);
  const Batch<T> r(inverse);
  for_vectors<T>(
      n, [&](auto load, auto store) { store(to, load(to) + load(g) * (centred(load(x)) * r)); });
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

/// out (+)= factor (x - y)
template <class T>
void scaled_difference(std::int64_t n, const void* a, const void* b, double factor, void* to,
                       bool add) {
  const T *x = static_cast<const T*>(a), *y = static_cast<const T*>(b);
  T* out = static_cast<T*>(to);
  const Batch<T> f(factor);
  for_vectors<T>(n, [&](auto load, auto store) {
    const Batch<T> difference = load(x) - load(y);
    const Batch<T> d = where(difference == Batch<T>(0), Batch<T>(0), f * difference);
    store(out, add ? load(out) + d : d);
  });
}

/// out = y (g - sum(g y))
template <class T>
void softmax_gradient(std::int64_t n, const void* result, const void* gradient, void* out) {
  const T *y = static_cast<const T*>(result), *g = static_cast<const T*>(gradient);
  const Batch<T> s(dot<T>(n, y, g));
  for_vectors<T>(
      n, [&](auto load, auto store) { store(static_cast<T*>(out), load(y) * (load(g) - s)); });
}

/// One row of the gates and of the state: four runs of n, and n.
template <class T>
void lstm(std::int64_t n, const void* gates, const void* state, void* h_out, void* c_out) {
  const T *p = static_cast<const T*>(gates), *c = static_cast<const T*>(state);
  T *to_h = static_cast<T*>(h_out), *to_c = static_cast<T*>(c_out);
  for_vectors<T>(n, [&](auto load, auto store) {
    using ops::Sigmoid;
    const Batch<T> cell =
        Sigmoid::forward(load(p + n)) * load(c) + Sigmoid::forward(load(p)) * tanh(load(p + 2 * n));
    store(to_c, cell);
    store(to_h, Sigmoid::forward(load(p + 3 * n)) * tanh(cell));
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
    using ops::Sigmoid;
    const Batch<T> i = Sigmoid::forward(load(p)), f = Sigmoid::forward(load(p + n)),
                   g = tanh(load(p + 2 * n)), o = Sigmoid::forward(load(p + 3 * n)),
                   t = tanh(f * load(c) + i * g), h = load(dh),
                   d = load(dc) + h * o * (Batch<T>(1) - t * t);
    store(to_state, d * f);
    store(to, d * g * i * (Batch<T>(1) - i));
    store(to + n, d * load(c) * f * (Batch<T>(1) - f));
    store(to + 2 * n, d * i * (Batch<T>(1) - g * g));
    store(to + 3 * n, h * t * o * (Batch<T>(1) - o));
  });
}

}  // namespace brickgrad::lanes
