// How tensors are made: constants, ranges, literals and seeded random numbers.
#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/tensor/tensor.hpp>
#include <bit>
#include <cmath>
#include <random>

namespace brickgrad {
namespace {

template <class Make>
Tensor generate(const Shape& shape, DType dtype, Make&& make) {
  Tensor t = Tensor::empty(shape, dtype);
  with_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* p = static_cast<T*>(t.raw());
    for (std::int64_t i = 0, n = t.numel(); i < n; ++i) p[i] = static_cast<T>(make(i));
  });
  return t;
}

/// Natural logarithm from basic arithmetic alone, so that it is the same on every platform: with
/// x = m 2^k and s = (m - 1)/(m + 1), log x = 2 atanh(s) + k log 2.
double portable_log(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  const double s = (m - 1) / (m + 1), s2 = s * s;
  double series = 0;
  for (int k = 25; k >= 1; k -= 2) series = series * s2 + 1.0 / k;
  return 2 * s * series + exponent * 0.69314718055994530942;
}

/// The inverse of the standard normal distribution function, relative error below 1.2e-9.
/// Source: P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution
/// function" (2003).
double normal_quantile(double p) {
  constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                          1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                          6.680131188771972e+01, -1.328068155288572e+01};
  constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                          -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                          3.754408661907416e+00};
  constexpr double low = 0.02425;
  auto tail = [&](double q) {
    return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
           ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  };
  if (p < low) return tail(std::sqrt(-2 * portable_log(p)));
  if (p > 1 - low) return -tail(std::sqrt(-2 * portable_log(1 - p)));
  const double q = p - 0.5, r = q * q;
  return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
         (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

/// 53 random bits as a number of [0, 1). The standard fixes the engine's output on every platform.
double uniform(std::mt19937_64& engine) { return static_cast<double>(engine() >> 11) * 0x1p-53; }

template <class List>
std::int64_t length(const List& list) {
  return static_cast<std::int64_t>(list.size());
}

}  // namespace

Tensor Tensor::zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor Tensor::ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }

Tensor Tensor::full(const Shape& shape, double value, DType dtype) {
  return generate(shape, dtype, [value](std::int64_t) { return value; });
}

Tensor Tensor::eye(std::int64_t n, DType dtype) {
  return generate({n, n}, dtype, [n](std::int64_t i) { return i % (n + 1) == 0 ? 1.0 : 0.0; });
}

Tensor Tensor::arange(double start, double stop, double step, DType dtype) {
  const double count = std::ceil((stop - start) / step);
  if (step == 0 || !std::isfinite(count))
    fail("arange: start {}, stop {}, step {} make no finite range", start, stop, step);
  if (count < 0) fail("arange: a step of {} leads away from {} to {}", step, start, stop);
  if (count > 1e15) fail("arange: {} elements are too many", count);
  return generate({static_cast<std::int64_t>(count)}, dtype,
                  [=](std::int64_t i) { return start + static_cast<double>(i) * step; });
}

Tensor Tensor::linspace(double start, double stop, std::int64_t count, DType dtype) {
  const double step = count > 1 ? (stop - start) / static_cast<double>(count - 1) : 0;
  return generate({count}, dtype, [=](std::int64_t i) {
    return i > 0 && i == count - 1 ? stop : start + static_cast<double>(i) * step;
  });
}

Tensor Tensor::rand(const Shape& shape, std::uint64_t seed, DType dtype) {
  std::mt19937_64 engine(seed);
  // float32 rounds the largest numbers below 1 to 1; 24 bits do not.
  const double grid = dtype == float64 ? 0x1p53 : 0x1p24;
  return generate(shape, dtype,
                  [&](std::int64_t) { return std::floor(uniform(engine) * grid) / grid; });
}

Tensor Tensor::randn(const Shape& shape, std::uint64_t seed, DType dtype) {
  std::mt19937_64 engine(seed);
  return generate(shape, dtype,
                  [&](std::int64_t) { return normal_quantile(uniform(engine) + 0x1p-54); });
}

Tensor Tensor::from(std::span<const double> values, const Shape& shape) {
  if (length(values) != shape.numel())
    fail("from: {} values do not fill shape {}, which has {}", values.size(), shape, shape.numel());
  return generate(shape, float64,
                  [&](std::int64_t i) { return values[static_cast<std::size_t>(i)]; });
}

Tensor Tensor::from(std::span<const float> values, const Shape& shape) {
  if (length(values) != shape.numel())
    fail("from: {} values do not fill shape {}, which has {}", values.size(), shape, shape.numel());
  return generate(shape, float32,
                  [&](std::int64_t i) { return values[static_cast<std::size_t>(i)]; });
}

namespace {

/// Appends the numbers of a list, the `index`-th at its depth; all lists of one depth have the
/// extent that `dims` names.
void collect(const std::vector<Literal>& items, std::size_t index, const Dims& dims, int depth,
             std::vector<double>& out) {
  const bool is_row = depth + 1 == dims.rank();
  if (length(items) != dims[depth])
    fail("from: {0} {1} has {2} {3}, {0} 0 has {4}; all {0}s need the same number",
         is_row ? "row" : "block", index, items.size(), is_row ? "numbers" : "rows", dims[depth]);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].is_list() == is_row)
      fail("from: numbers and lists are mixed; nest every item to the same depth");
    if (is_row)
      out.push_back(items[i].number());
    else
      collect(items[i].items(), i, dims, depth + 1, out);
  }
}

}  // namespace

Tensor Tensor::from(std::initializer_list<Literal> values, DType dtype) {
  const std::vector<Literal> items(values);
  Dims dims{length(items)};
  for (const auto* list = &items; !list->empty() && list->front().is_list();) {
    list = &list->front().items();
    dims.push_back(length(*list));
  }
  std::vector<double> all;
  collect(items, 0, dims, 0, all);
  return from(std::span<const double>(all), Shape(dims)).to(dtype);
}

}  // namespace brickgrad
