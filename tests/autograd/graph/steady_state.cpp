// A training loop asks the system for memory in its first steps only.
#include <autograd/tensor/storage.hpp>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

#ifndef BRICKGRAD_SANITIZE
TEST_CASE("a training loop allocates nothing once it is warm", "[graph]") {
  for (const std::int64_t width : {3, 100}) {
    Value w1{Tensor::randn({width, 2 * width}, 1) * 0.1}, b1{Tensor::zeros({2 * width})};
    Value w2{Tensor::randn({2 * width, width}, 2) * 0.1}, b2{Tensor::zeros({width})};
    const Tensor x = Tensor::randn({50, width}, 3), target = Tensor::randn({50, width}, 4);
    const auto step = [&] {
      const Value loss = mean(square(matmul(tanh(matmul(x, w1) + b1), w2) + b2 - target));
      for (const Value& p : {w1, b1, w2, b2}) p.zero_grad();
      loss.backward();
      for (const Value& p : {w1, b1, w2, b2}) p.sub_(p.grad(), 0.1);
      return loss.item();
    };
    const double first = step();
    step();
    step();
    const std::uint64_t before = system_allocations();
    double last = 0;
    for (int i = 0; i < 50; ++i) last = step();
    CHECK(system_allocations() == before);
    CHECK(last < first);
  }
}
#endif

TEST_CASE("storage is counted, shared by views, and given back", "[graph]") {
  const Tensor a = Tensor::ones({1000});
  const Tensor view = slice(a, 0, 10, 20);
  CHECK(a.storage().get() == view.storage().get());
  CHECK_FALSE(a.storage().unique());
  CHECK(a.clone().storage().unique());
}
