// Independent graphs on several threads, graphs handed over, and leaves shared for reading.
#include <atomic>
#include <tests/autograd/compare.hpp>
#include <thread>

using namespace brickgrad;

namespace {

template <class F>
void on_threads(int count, const F& f) {
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) threads.emplace_back([&f, t] { f(t); });
  for (auto& thread : threads) thread.join();
}

/// A few training steps of w x = 2 x; the weight after them.
double train(int steps) {
  Value w{Tensor::full({4, 4}, 0.5)};
  const Tensor x = Tensor::randn({8, 4}, 3);
  for (int i = 0; i < steps; ++i) {
    w.zero_grad();
    mean(square(matmul(x, w) - x * 2)).backward();
    w.sub_(w.grad(), 0.1);
  }
  return w.data()(0, 0);
}

}  // namespace

TEST_CASE("graphs on four threads at once", "[graph]") {
  const int steps = static_cast<int>(2000 / shrink);
  const double expected = train(steps);
  std::atomic<int> wrong{0};
  on_threads(4, [&](int) { wrong += train(steps) != expected; });
  CHECK(wrong == 0);
}

TEST_CASE("a graph is handed to another thread and back", "[graph]") {
  Value x = 3.0, f = x * x;
  for (int round = 0; round < 20; ++round) {
    Value result;
    std::thread([&result, f = std::move(f), x] {
      result = f + x;
      result.backward();
    }).join();
    f = std::move(result);
  }
  // Round r adds the derivative of x² + r x.
  CHECK(x.grad().item() == 20 * 6 + 210);
}

TEST_CASE("values made on one thread die on another", "[graph]") {
  std::vector<Value> made(4);
  for (int round = 0; round < 10; ++round) {
    on_threads(4, [&](int t) {
      Value x{Tensor::full({3}, t)};
      Value y = x;
      for (int i = 0; i < 500; ++i) y = y + 1.0;
      made[static_cast<std::size_t>(t)] = y;
    });
    for (int t = 0; t < 4; ++t) CHECK(made[static_cast<std::size_t>(t)].data()(0) == 500.0 + t);
    for (Value& v : made) v = Value();
  }
}

TEST_CASE("a shared leaf serves four threads", "[graph]") {
  const Value weight{Tensor::full({3}, 2)}, factor = 3.0;
  weight.share();
  factor.share();
  CHECK_FALSE(weight.requires_grad());
  std::atomic<int> wrong{0};
  on_threads(4, [&](int t) {
    for (int i = 0; i < 2000 / shrink; ++i) {
      Value x{Tensor::full({3}, t)};
      const Value w = weight, s = factor;
      sum(x * w * s + broadcast_to(s, {3})).backward();
      wrong += !identical(x.grad(), Tensor::full({3}, 6));
      Value y = static_cast<double>(t);
      (y * s + s).backward();
      wrong += y.grad().item() != 3;
    }
  });
  CHECK(wrong == 0);
  CHECK(factor.item() == 3);
  CHECK(identical(weight.data(), Tensor::full({3}, 2)));
}

TEST_CASE("views of a shared scalar on four threads", "[graph]") {
  const Value s = 3.0;
  s.share();
  std::atomic<int> wrong{0};
  on_threads(4, [&](int) {
    for (int i = 0; i < 500; ++i) {
      wrong += reshape(s, {1, 1}).data()(0, 0) != 3;
      wrong += broadcast_to(s, {2}).data()(1) != 3;
      wrong += s.data().item() != 3;
      wrong += s.detach().item() != 3;
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("only leaves are shared", "[graph]") {
  Value x = 2.0;
  CHECK(
      message_of([&] { (x * x).share(); }) ==
      "share: only leaves can be shared between threads; this is the result of mul; use detach()");
  const Value f = x * x;
  x.share();
  CHECK_FALSE((x * 2.0).requires_grad());
}
