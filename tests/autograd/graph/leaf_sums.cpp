// Weights that are used again and again receive the products of several steps at a time: the same
// gradients as weights of each step's own, whatever else happens to what those products read.
#include <autograd/tensor/parallel.hpp>
#include <functional>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

constexpr int steps = 11;

/// The weights of a step: the same for all, or each step's own with the same elements.
using Weights = std::function<const Value&(int step)>;
/// What a network makes of its steps.
using Loss = std::function<Value(const Weights&)>;

Tensor gradient(const Loss& loss, const Tensor& w, int threads = 1,
                const BackwardOptions& options = {}) {
  const int before = num_threads();
  set_num_threads(threads);
  const Value weight{w};
  loss([&](int) -> const Value& { return weight; }).backward(options);
  set_num_threads(before);
  return weight.grad();
}

Tensor gradient_of_own(const Loss& loss, const Tensor& w) {
  std::vector<Value> own;
  for (int t = 0; t < steps; ++t) own.emplace_back(w.clone());
  loss([&](int t) -> const Value& { return own[static_cast<std::size_t>(t)]; }).backward();
  Tensor sum = Tensor::zeros(w.shape(), w.dtype());
  for (const Value& v : own) sum = sum + v.grad();
  return sum;
}

void check(const Loss& loss, const Tensor& w) {
  const double near = w.dtype() == float64 ? 1e-12 : 2e-4;
  const Tensor one = gradient(loss, w);
  CHECK(distance(one, gradient_of_own(loss, w)) < near);
  CHECK(identical(one, gradient(loss, w, 2)));
  CHECK(identical(one, gradient(loss, w, 5)));
  CHECK(identical(one, gradient(loss, w, 1, {.retain_grad = true})));
}

Tensor small(const Shape& shape, std::uint64_t seed, DType dtype) {
  return Tensor::randn(shape, seed, dtype) * 0.1;
}

}  // namespace

TEST_CASE("weights of a recurrent network", "[graph]") {
  const DType dtype = GENERATE(float64, float32);
  // Whole tiles of the result and what is left over; few rows and many.
  for (const auto& [batch, n] : {std::pair{16, 96}, {14, 101}, {48, 128}, {40, 100}, {70, 100}}) {
    INFO(batch << " rows of " << n << ", " << dtype_name(dtype));
    const Tensor w = small({n, n}, 1, dtype), x = Tensor::randn({steps, batch, n}, 2, dtype);
    const Value b{small({n}, 3, dtype)}, whole{small({batch, n}, 4, dtype)};
    const auto run = [&, batch = batch, n = n](const auto& next) {
      return [&, batch, n, next](const Weights& weight) {
        Value h = constant(Tensor::zeros({batch, n}, dtype)), all = mean(h);
        for (int t = 0; t < steps; ++t) {
          h = next(h, weight(t), t);
          if (t % 3 == 0) all = all + mean(square(h));
        }
        return all + mean(square(h));
      };
    };
    check(run([&](const Value& h, const Value& v, int t) { return tanh(linear(h + x[t], v, b)); }),
          w);
    check(run([&](const Value& h, const Value& v, int t) {
            return tanh(linear(h + constant(x[t]), v, whole));
          }),
          w);
    // The gradient of a sum goes on to both as it is, and more is added to it.
    check(run([&](const Value& h, const Value& v, int t) {
            return h + constant(x[t]) + matmul(h * 0.5, v) + matmul(tanh(h), v);
          }),
          w);
    // A weight that is turned, and one that something else reads too.
    check(run([&](const Value& h, const Value& v, int t) {
            return tanh(matmul(h + constant(x[t]), transpose(v)) + sum(v * v) * 0.01);
          }),
          w);
    // Products in another element type.
    const Tensor doubles = Tensor::randn({batch, n}, 5, float64);
    check(run([&](const Value& h, const Value& v, int) {
            return tanh(matmul(h + constant(doubles), v)) * 0.5;
          }),
          w);
    // Of two sizes.
    check(run([&, batch = batch](const Value& h, const Value& v, int t) {
            const Value some = matmul(constant(slice(x[t], 0, 0, batch / 2)), v);
            return tanh(matmul(h, v) + constant(x[t])) * mean(square(some));
          }),
          w);
  }
}

TEST_CASE("weights of a loop of lstm_cell", "[graph]") {
  const DType dtype = GENERATE(float64, float32);
  for (const auto& [batch, n] : {std::pair{9, 64}, {32, 80}}) {
    const Tensor w = small({n, 4 * n}, 1, dtype), x = Tensor::randn({steps, batch, n}, 2, dtype);
    for (const Shape& bias : {Shape{4 * n}, Shape{batch, 4 * n}}) {
      const Value b{small(bias, 3, dtype)}, other{small({n, 4 * n}, 4, dtype)};
      const auto loss = [&, batch = batch, n = n](const Weights& weight) {
        Value h = constant(Tensor::zeros({batch, n}, dtype)), c = h, all = mean(h);
        for (int t = 0; t < steps; ++t) {
          std::tie(h, c) = lstm_cell(constant(x[t]), h, c, other, weight(t), b);
          all = all + mean(square(h));
        }
        return all;
      };
      check(loss, w);
    }
  }
}

TEST_CASE("sums of products are added to what a leaf has, and leave what a user holds", "[graph]") {
  const Tensor x = Tensor::randn({16, 96}, 1, float32);
  Value w{small({96, 96}, 2, float32)};
  const auto run = [&] {
    Value h = constant(x);
    for (int t = 0; t < steps; ++t) h = tanh(matmul(h, w));
    mean(square(h)).backward();
  };
  run();
  const Tensor held = w.grad(), once = held.clone();
  run();
  CHECK(identical(held, once));
  CHECK(distance(w.grad(), once + once) < 1e-6);
  w.zero_grad();
  run();
  CHECK(identical(w.grad(), once));
}

TEST_CASE("a compiled function sums the same products", "[graph]") {
  Value w{small({96, 96}, 2, float32)};
  const Value b{small({96}, 3, float32)};
  const auto loss = [&](const Value& x) {
    Value h = x;
    for (int t = 0; t < steps; ++t) h = tanh(linear(h, w, b));
    return mean(square(h));
  };
  auto compiled = compile(loss);
  for (int i = 0; i < 4; ++i) {
    const Value x = constant(Tensor::randn({16, 96}, static_cast<std::uint64_t>(i), float32));
    w.zero_grad();
    loss(x).backward();
    const Tensor wanted = w.grad().clone();
    w.zero_grad();
    compiled(x).backward();
    CHECK(identical(w.grad(), wanted));
  }
}
