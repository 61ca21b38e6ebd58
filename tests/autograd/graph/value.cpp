// Handles: copies, moves, names, printing, and what they say when they are empty.
#include <sstream>
#include <tests/autograd/compare.hpp>
#include <utility>

using namespace brickgrad;

TEST_CASE("a value knows what it is", "[graph]") {
  const Value s = 2, v{Tensor::ones({2, 3}, float32)};
  CHECK(s.shape() == Shape{});
  CHECK(s.rank() == 0);
  CHECK(s.numel() == 1);
  CHECK(s.dtype() == float64);
  CHECK(s.is_leaf());
  CHECK(s.requires_grad());
  CHECK(s.op().empty());
  CHECK(v.shape() == Shape{2, 3});
  CHECK(v.size(-1) == 3);
  CHECK(v.dtype() == float32);
  const Value y = tanh(v);
  CHECK(y.op() == "tanh");
  CHECK_FALSE(y.is_leaf());
  CHECK(y.requires_grad());
}

TEST_CASE("a leaf has elements of its own", "[graph]") {
  for (const std::int64_t n : {3, 2000}) {
    Tensor t = Tensor::ones({n});
    const Value x{t};
    t.fill_(5);
    CHECK(identical(x.data(), Tensor::ones({n})));
    const Value y{broadcast_to(Tensor(2.0), {n})};
    y.data().add_(Tensor::arange(static_cast<double>(n)));
    CHECK(y.data()(n - 1) == static_cast<double>(n) + 1);
  }
}

TEST_CASE("copies mean the same node", "[graph]") {
  Value x = 2.0;
  const Value same = x;
  (same * 3.0).backward();
  CHECK(x.grad().item() == 3);
  same.fill_(7);
  CHECK(x.item() == 7);
}

TEST_CASE("an empty value says that it is empty", "[graph]") {
  const std::string empty =
      "this Value is empty: it was default-constructed or moved from; assign one first";
  const Value none;
  Value x = 2.0;
  const Value taken = std::move(x);
  CHECK(message_of([&] { none.shape(); }) == empty);
  CHECK(message_of([&] { none.backward(); }) == empty);
  CHECK(message_of([&] { none.grad(); }) == empty);
  CHECK(message_of([&] { none.data(); }) == empty);
  CHECK(message_of([&] { none.item(); }) == empty);
  CHECK(message_of([&] { none.name("x"); }) == empty);
  CHECK(message_of([&] { none.zero_grad(); }) == empty);
  CHECK(message_of([&] { none.detach(); }) == empty);
  CHECK(message_of([&] { none + 1.0; }) == empty);
  CHECK(message_of([&] { 1.0 + none; }) == empty);
  CHECK(message_of([&] { none* none; }) == empty);
  CHECK(message_of([&] { taken* none; }) == empty);
  CHECK(message_of([&] { sin(none); }) == empty);
  CHECK(message_of([&] { sum(none); }) == empty);
  CHECK(message_of([&] { matmul(none, none); }) == empty);
  CHECK(message_of([&] { concat(std::vector<Value>{Value(Tensor::ones({1})), none}); }) == empty);
  CHECK(message_of([&] { static_cast<void>(none < 1.0); }) == empty);
  CHECK(message_of([&] { to_string(none); }) == empty);
  CHECK(message_of([&] { grad(none, taken); }) == empty);
  CHECK(message_of([&] { grad(taken, none); }) == empty);
  CHECK(message_of([&] { grad(taken, {taken}, none); }) == empty);
  CHECK(message_of([&] { x.item(); }) == empty);
  CHECK(taken.item() == 2);
}

TEST_CASE("assignment to oneself changes nothing", "[graph]") {
  Value x = 2.0, y = x * 3.0;
  Value& same = y;
  y = same;
  CHECK(y.item() == 6);
  y = std::move(same);
  CHECK(y.item() == 6);
  y.backward();
  CHECK(x.grad().item() == 3);
  std::swap(x, y);
  CHECK(x.item() == 6);
  CHECK(y.item() == 2);
}

TEST_CASE("a moved-from operand is taken over, its graph stays", "[graph]") {
  Value x = 2.0, y = x * x;
  Value z = std::move(y) * 3.0;
  z.backward();
  CHECK(x.grad().item() == 12);
  Value a = x * 1.0;
  const Value b = std::move(a) + x;
  CHECK(b.item() == 4);
}

TEST_CASE("names are shown in messages", "[graph]") {
  Value w = 2.0;
  CHECK(w.name().empty());
  w.name("w");
  CHECK(w.name() == "w");
  w.name("weight");
  CHECK(w.name() == "weight");
  CHECK(message_of([&] { w.grad(); }) ==
        "grad: 'weight' has no gradient yet: call backward() on a value computed from it");
  const Value f = (w * w).name("f");
  CHECK(f.name() == "f");
  CHECK(f.op() == "mul");
  CHECK(
      message_of([&] { f.fill_(1); }) ==
      "fill_: only leaves can be changed in place; this is the result of mul ('f'). Compute a new "
      "value instead");
  const Value v = Value(Tensor::ones({3})).name("v");
  f.backward();
  CHECK(w.grad().item() == 4);
  CHECK(w.name() == "weight");
}

TEST_CASE("grad says why there is none", "[graph]") {
  CHECK(message_of([] { Value(2.0).grad(); }) ==
        "grad: a leaf has no gradient yet: call backward() on a value computed from it");
  CHECK(message_of([] { constant(Tensor::ones({2})).grad(); }) ==
        "grad: a leaf has no gradient yet: it is a constant and receives none; make it a leaf with "
        "Value(tensor)");
}

TEST_CASE("item wants one element", "[graph]") {
  CHECK(Value(Tensor::full({1, 1}, 4)).item() == 4);
  CHECK(message_of([] {
          Value(Tensor::ones({2, 3})).item();
        }) == "item: a tensor of shape (2, 3) has 6 elements, not one; index it or reduce it");
}

TEST_CASE("rows of a value are recorded", "[graph]") {
  Value x{Tensor::from({{1., 2.}, {3., 4.}, {5., 6.}})};
  const Value row = x[-1];
  CHECK(identical(row.data(), Tensor::from({5., 6.})));
  (row[0] * x[1][1]).backward();
  CHECK(identical(x.grad(), Tensor::from({{0., 0.}, {0., 5.}, {4., 0.}})));
  CHECK(message_of([&] { x[3]; }) == "index [3] is out of range for dimension 0 of shape (3, 2)");
  CHECK(message_of([] { Value(1.0)[0]; }) ==
        "index [0]: a value of rank 0 has no rows; use item()");
}

TEST_CASE("values print like tensors", "[graph]") {
  const Value x{Tensor::from({1., 2.5})};
  std::ostringstream out;
  out << x << ' ' << Value(0.1);
  CHECK(out.str() == "[1.  2.5] 0.1");
  CHECK(fmt::format("{}", x * 2.0) == to_string((x * 2.0).data()));
}

TEST_CASE("comparisons give masks", "[graph]") {
  const Value x{Tensor::from({1., 2., 3.})};
  CHECK(identical(x > 2.0, Tensor::from({0., 0., 1.})));
  CHECK(identical(2.0 >= x, Tensor::from({1., 1., 0.})));
  CHECK(identical(x != Tensor::from({1., 0., 3.}), Tensor::from({0., 1., 0.})));
  const Value a = 1.0, b = 2.0;
  CHECK(a < b);
  CHECK_FALSE(a == b);
  CHECK(message_of([&] { return static_cast<bool>(x > 2.0); }) ==
        "item: a tensor of shape (3,) has 3 elements, not one; index it or reduce it");
}
