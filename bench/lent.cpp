#include "lent.hpp"

#include <algorithm>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/product.hpp>
#include <chrono>
#include <map>
#include <tuple>
#include <vector>

namespace bench {

namespace {

using brickgrad::float32;
using brickgrad::Tensor;
using limits::Factor;
using limits::Target;

Tensor tensor(const Factor& f) {
  return Tensor::borrow(const_cast<float*>(f.data), {f.rows, f.columns}, {f.stride, 1}, float32);
}
int rows_of(const Factor& f) { return f.turned ? f.columns : f.rows; }
int columns_of(const Factor& f) { return f.turned ? f.rows : f.columns; }

void multiply_by_engine(const Factor& a, const Factor& b, const Target& to) {
  const Tensor left = tensor(a), right = tensor(b);
  const int rows = rows_of(a), columns = columns_of(b);
  const auto put = [&](const brickgrad::Product& product) {
    if (to.stride == 0 || to.stride == columns) return product.compute(to.data, float32, to.add);
    thread_local std::vector<float> together;
    together.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
    product.compute(together.data(), float32, false);
    for (std::int64_t i = 0; i < rows; ++i) {
      const float* from = together.data() + i * columns;
      float* out = to.data + i * to.stride;
      for (std::int64_t j = 0; j < columns; ++j) out[j] = to.add ? out[j] + from[j] : from[j];
    }
  };
  if (a.turned)
    put(product_of(brickgrad::Turned{left}, right));
  else if (b.turned)
    put(product_of(left, brickgrad::Turned{right}));
  else
    put(product_of(left, right));
}

/// The faster one, tried out where the result is in nobody's way.
limits::Multiply fastest(const Factor& a, const Factor& b, const Target& to) {
  const std::int64_t stride = to.stride ? to.stride : columns_of(b);
  const limits::Array<float> out(rows_of(a) * stride);
  const auto seconds = [&](limits::Multiply multiply) {
    auto best = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 20; ++i) {
      const auto start = std::chrono::steady_clock::now();
      multiply(a, b, {out, to.stride, to.add});
      best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    return best;
  };
  const int threads = brickgrad::num_threads();
  brickgrad::set_num_threads(1);
  const bool engine = seconds(multiply_by_engine) < seconds(limits::multiply_by_eigen);
  brickgrad::set_num_threads(threads);
  return engine ? multiply_by_engine : limits::multiply_by_eigen;
}

}  // namespace

void multiply_by_fastest(const Factor& a, const Factor& b, const Target& to) {
  using Shape = std::tuple<int, int, int, bool, int, int, bool, int, bool>;
  static std::map<Shape, limits::Multiply> known;
  const Shape shape(a.rows, a.columns, a.stride, a.turned, b.columns, b.stride, b.turned, to.stride,
                    to.add);
  auto place = known.find(shape);
  if (place == known.end()) place = known.emplace(shape, fastest(a, b, to)).first;
  place->second(a, b, to);
}

}  // namespace bench
