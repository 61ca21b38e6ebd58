// Changes in place of what backward needs are errors that name both operations.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

std::string changed(const std::string& op, const std::string& which, const std::string& by) {
  return "backward: the derivative of " + op + " needs " + which + ", but " + by +
         " changed it in place after it was recorded; run backward() before the change, or "
         "compute " +
         op + " again after it";
}

}  // namespace

TEST_CASE("a changed input is an error that names both operations", "[graph]") {
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{2000}}) {
    INFO(to_string(shape));
    const auto refused = [&shape](auto change, const std::string& by) {
      Value x{Tensor::full(shape, 2)};
      x.name("w");
      const Value y = sum(x * x);
      change(x);
      CHECK(message_of([&] { y.backward(); }) == changed("mul", "its input 0 ('w')", by));
      // The same expression recorded afresh is fine.
      sum(x * x).backward();
      CHECK(identical(x.grad(), x.data() * 2));
    };
    refused([](Value& x) { x.add_(1.0); }, "add_");
    refused([](Value& x) { x.sub_(1.0); }, "sub_");
    refused([](Value& x) { x.mul_(3.0); }, "mul_");
    refused([](Value& x) { x.fill_(3); }, "fill_");
    refused([](Value& x) { x.copy_(Tensor(4.0)); }, "copy_");
    refused([](Value& x) { x.data().add_(1.0); }, "add_");
    refused([](Value& x) { x.data().div_(4.0); }, "div_");
    refused([](Value& x) { x.data().zero_(); }, "fill_");
    refused([](Value& x) { x.detach().add_(1.0); }, "add_");
    refused([](Value& x) { x.detach().data().mul_(3.0); }, "mul_");
    refused([](Value& x) { x.data() += 1.0; }, "add_");
  }
}

TEST_CASE("a change through a view is seen", "[graph]") {
  const auto refused = [](auto view) {
    for (const std::int64_t n : {2, 50}) {
      Value x{Tensor::full({n, n}, 2)};
      const Value y = sum(exp(x) * x);
      Tensor v = view(x.data());
      v.add_(1.0);
      CHECK_THAT(message_of([&] { y.backward(); }), contains("but add_ changed it in place"));
    }
  };
  refused([](const Tensor& t) { return t[1]; });
  refused([](const Tensor& t) { return transpose(t); });
  refused([](const Tensor& t) { return slice(t, 1, 0, 1); });
  refused([](const Tensor& t) { return reshape(t, {-1}); });
  refused([](const Tensor& t) { return t[0][1]; });
  Value x{Tensor::ones({3})};
  const Value y = sum(x * x);
  x.data().set({1}, 5);
  CHECK(message_of([&] { y.backward(); }) == changed("mul", "its input 0 (a leaf)", "set"));
}

TEST_CASE("a recorded view shows a change of its base", "[graph]") {
  Value x{Tensor::ones({2, 3})};
  const Value row = reshape(x, {6}), y = sum(row * row);
  x.add_(1.0);
  CHECK_THAT(message_of([&] { y.backward(); }),
             contains("mul needs its input 0 (reshape), but add_ changed it"));
}

TEST_CASE("a changed result is an error where the derivative reads it", "[graph]") {
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{2000}}) {
    Value x{Tensor::full(shape, 2)};
    const Value y = exp(x), z = sum(y);
    y.data().mul_(2.0);
    CHECK(message_of([&] { z.backward(); }) == changed("exp", "its result", "mul_"));
    const Value u = sin(x), v = sum(u);
    u.data().mul_(2.0);
    v.backward();
    CHECK(distance(x.grad(), cos(x.data())) < 1e-15);
  }
}

TEST_CASE("changes that no derivative minds are allowed", "[graph]") {
  Value x{Tensor::full({3}, 2)}, y{Tensor::full({3}, 5)};
  const Value f = sum(x + y * 3.0);
  x.add_(1.0);
  y.fill_(0);
  f.backward();
  CHECK(identical(y.grad(), Tensor::full({3}, 3)));
  // Only the gradient to x is wanted, and it reads the constant alone.
  const Value c = constant(Tensor::full({3}, 7));
  x.zero_grad();
  const Value g = sum(x * c);
  x.fill_(100);
  g.backward();
  CHECK(identical(x.grad(), Tensor::full({3}, 7)));
}

TEST_CASE("a change between two records of one expression is fine", "[graph]") {
  Value w{Tensor::full({3}, 1)};
  for (int step = 0; step < 5; ++step) {
    w.zero_grad();
    sum(w * w).backward();
    w.sub_(w.grad(), 0.25);
  }
  CHECK(identical(w.data(), Tensor::full({3}, 1.0 / 32)));
  Value s = 1.0;
  for (int step = 0; step < 5; ++step) {
    s.zero_grad();
    (s * s).backward();
    s.sub_(s.grad(), 0.25);
  }
  CHECK(s.item() == 1.0 / 32);
}

TEST_CASE("grad() checks as backward() does", "[graph]") {
  Value x = 2.0;
  const Value y = x * x;
  x.add_(1.0);
  CHECK(message_of([&] { grad(y, x); }) == changed("mul", "its input 0 (a leaf)", "add_"));
  CHECK(message_of([&] { grad(y, x, {.create_graph = true}); }) ==
        changed("mul", "its input 0 (a leaf)", "add_"));
}

TEST_CASE("a change that failed changed nothing", "[graph]") {
  for (const Shape& shape : {Shape{}, Shape{3}}) {
    Value x{Tensor::full(shape, 2)};
    const Value y = sum(x * x);
    CHECK_THROWS_AS(x.copy_(Tensor::ones({4})), Error);
    CHECK_THROWS_AS(x.add_(Tensor::ones({2, 2})), Error);
    CHECK_THROWS_AS(x.data().mul_(Tensor::ones({2, 2})), Error);
    y.backward();
    CHECK(identical(x.grad(), Tensor::full(shape, 4)));
  }
}

TEST_CASE("only leaves are changed in place", "[graph]") {
  Value x{Tensor::ones({3})};
  CHECK(message_of([&] { (x * 2.0).add_(1.0); }) ==
        "add_: only leaves can be changed in place; this is the result of mul. Compute a new value "
        "instead");
  CHECK(message_of([&] { x.copy_(Tensor::ones({4})); }) ==
        "copy_: shapes (4,) and (3,) cannot be broadcast: 4 against 3 in dimension 0");
  CHECK(message_of([&] {
          x.copy_(Tensor::ones({2, 3}));
        }) == "copy_: shape (2, 3) does not fit into shape (3,)");
  Value shared{Tensor::ones({3})};
  shared.share();
  CHECK(message_of([&] { shared.add_(1.0); }) ==
        "add_: a leaf is shared between threads and cannot be changed");
}
