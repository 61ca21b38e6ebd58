#include "lent.hpp"

#include <algorithm>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/product.hpp>
#include <chrono>

namespace bench {

namespace {

using brickgrad::Tensor;

Tensor tensor(const limits::Factor& f) {
  return Tensor::borrow(const_cast<float*>(f.data), {f.rows, f.columns}, {f.stride, 1},
                        brickgrad::float32);
}

void multiply_by_engine(const limits::Factor& a, const limits::Factor& b, float* to, bool add) {
  const Tensor left = tensor(a), right = tensor(b);
  const auto put = [&](const brickgrad::Product& product) {
    product.compute(to, brickgrad::float32, add);
  };
  if (a.turned)
    put(product_of(brickgrad::Turned{left}, right));
  else if (b.turned)
    put(product_of(left, brickgrad::Turned{right}));
  else
    put(product_of(left, right));
}

}  // namespace

limits::Multiply faster_products(const std::function<void(limits::Multiply)>& step) {
  // The best of some runs after the first, as caches are then as they stay.
  const auto seconds = [&](limits::Multiply multiply) {
    step(multiply);
    auto best = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 5; ++i) {
      const auto start = std::chrono::steady_clock::now();
      step(multiply);
      best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    return best;
  };
  const int threads = brickgrad::num_threads();
  brickgrad::set_num_threads(1);
  const bool ours = seconds(multiply_by_engine) < seconds(limits::multiply_by_eigen);
  brickgrad::set_num_threads(threads);
  return ours ? multiply_by_engine : limits::multiply_by_eigen;
}

}  // namespace bench
