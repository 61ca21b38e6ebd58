// What receives no gradient: numbers, tensors, constants, detached values, and all inside no_grad.
#include <tests/autograd/compare.hpp>
#include <thread>

using namespace brickgrad;

TEST_CASE("tensors and numbers among the operands are constants", "[graph]") {
  const Tensor a = Tensor::from({{1., 2.}, {3., 4.}});
  Value w{reshape(Tensor::from({1., 2.}), {2, 1})};
  const Value f = sum(matmul(a, w) * 2.0 + a);
  f.backward();
  CHECK(identical(reshape(w.grad(), {2}), Tensor::from({16., 24.})));
  CHECK_FALSE((constant(a) * 2.0).requires_grad());
  CHECK((constant(a) * 2.0).is_leaf());
  CHECK((constant(a) * w[0]).requires_grad());
}

TEST_CASE("a constant shares the elements, and a change of them is noticed", "[graph]") {
  for (const std::int64_t n : {3, 2000}) {
    Tensor t = Tensor::ones({n});
    Value x{Tensor::ones({n})};
    const Value c = constant(t);
    t.fill_(5);
    CHECK(identical(c.data(), t));
    const Value y = sum(x * c);
    t.fill_(6);
    CHECK_THAT(message_of([&] { y.backward(); }),
               contains("the derivative of mul needs its input 1 (a leaf), but fill_ changed it"));
  }
}

TEST_CASE("no_grad records nothing, nests, and ends with its scope", "[graph]") {
  Value x = 2.0, v{Tensor::ones({3})};
  {
    const no_grad outer;
    CHECK_FALSE((x * x).requires_grad());
    {
      const no_grad inner;
      CHECK_FALSE(sum(v).requires_grad());
    }
    CHECK((v * 2.0).is_leaf());
    CHECK(Value(1.0).requires_grad());
  }
  CHECK((x * x).requires_grad());
  try {
    const no_grad scope;
    matmul(v, Value(Tensor::ones({4})));
  } catch (const Error&) {}
  CHECK((x * x).requires_grad());
}

TEST_CASE("no_grad is a matter of one thread", "[graph]") {
  Value x = 2.0;
  const no_grad scope;
  bool elsewhere = false;
  std::thread([&] { elsewhere = (Value(3.0) * 2.0).requires_grad(); }).join();
  CHECK(elsewhere);
}

TEST_CASE("grad with create_graph records even inside no_grad, and restores the mode", "[graph]") {
  Value x = 3.0;
  const Value f = x * x * x;
  const no_grad scope;
  const Value g = grad(f, x, {.create_graph = true});
  CHECK(g.requires_grad());
  CHECK(grad(g, x).item() == 18);
  CHECK_FALSE((x * x).requires_grad());
}

TEST_CASE("detach cuts the graph and shares the elements", "[graph]") {
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{2000}}) {
    INFO(to_string(shape));
    Value x{Tensor::full(shape, 2)};
    const Value y = x * x, cut = y.detach();
    CHECK_FALSE(cut.requires_grad());
    CHECK(cut.is_leaf());
    sum(cut * x).backward();
    CHECK(identical(x.grad(), Tensor::full(shape, 4)));
    x.detach().fill_(9);
    CHECK(identical(x.data(), Tensor::full(shape, 9)));
  }
}

TEST_CASE("data shares the elements", "[graph]") {
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{2000}}) {
    INFO(to_string(shape));
    Value x{Tensor::full(shape, 2)};
    const Value before = x * 3.0;
    x.data().fill_(5);
    CHECK(identical(x.data(), Tensor::full(shape, 5)));
    CHECK(identical((x * 2.0).data(), Tensor::full(shape, 10)));
    CHECK(identical(before.data(), Tensor::full(shape, 6)));
    sum(x * x).backward();
    CHECK(identical(x.grad(), Tensor::full(shape, 10)));
  }
}
