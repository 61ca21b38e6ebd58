// Deep and wide graphs in a default stack: nothing recurses over the graph.
#include <tests/autograd/compare.hpp>
#include <thread>

using namespace brickgrad;

TEST_CASE("a chain of ten million numbers", "[graph]") {
  const std::int64_t length = 10'000'000 / shrink;
  Value x = 1.0;
  {
    Value y = x;
    for (std::int64_t i = 0; i < length; ++i) y = y + 1.0;
    CHECK(y.item() == static_cast<double>(length + 1));
    y.backward();
  }
  CHECK(x.grad().item() == 1);
}

TEST_CASE("a chain of numbers with two inputs each", "[graph]") {
  const std::int64_t length = 1'000'000 / shrink;
  Value x = 1.0, w = 0.999999;
  Value y = x;
  for (std::int64_t i = 0; i < length; ++i) y = y * w;
  y.backward();
  const double power = std::pow(0.999999, static_cast<double>(length));
  CHECK_THAT(x.grad().item(), WithinRel(power, 1e-9));
  CHECK_THAT(w.grad().item(), WithinRel(static_cast<double>(length) * power / 0.999999, 1e-9));
}

TEST_CASE("a chain of a hundred thousand arrays", "[graph]") {
  const std::int64_t length = 100'000 / shrink;
  Value x{Tensor::from({1., 2., 3.})};
  {
    Value y = x;
    for (std::int64_t i = 0; i < length; ++i) y = y * 1.0 + 1.0;
    sum(y).backward();
  }
  CHECK(identical(x.grad(), Tensor::ones({3})));
}

TEST_CASE("a chain of views", "[graph]") {
  const std::int64_t length = 20'000 / shrink;
  Value x{Tensor::from({{1., 2.}, {3., 4.}})};
  Value y = x;
  for (std::int64_t i = 0; i < length; ++i) y = transpose(y);
  (y[0][1] * 1.0).backward();
  CHECK(identical(x.grad(), Tensor::from({{0., 1.}, {0., 0.}})));
}

TEST_CASE("half a million leaves", "[graph]") {
  const std::int64_t count = 500'000 / shrink;
  std::vector<Value> leaves;
  for (std::int64_t i = 0; i < count; ++i) leaves.emplace_back(static_cast<double>(i));
  Value total = 0.0;
  for (const Value& leaf : leaves) total += leaf * leaf;
  total.backward();
  bool right = true;
  for (std::int64_t i = 0; i < count; ++i)
    right =
        right && leaves[static_cast<std::size_t>(i)].grad().item() == 2.0 * static_cast<double>(i);
  CHECK(right);
}

TEST_CASE("a tree of sums is shallow and wide", "[graph]") {
  Value x = 2.0;
  std::vector<Value> level;
  for (int i = 0; i < (1 << 16) / shrink; ++i) level.push_back(x * static_cast<double>(i % 3));
  double expected = 0;
  for (std::size_t i = 0; i < level.size(); ++i) expected += static_cast<double>(i % 3);
  while (level.size() > 1) {
    std::vector<Value> next;
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) next.push_back(level[i] + level[i + 1]);
    if (level.size() % 2) next.push_back(level.back());
    level = std::move(next);
  }
  level[0].backward();
  CHECK(x.grad().item() == expected);
}

TEST_CASE("concat of thousands of parts", "[graph]") {
  for (const std::size_t count : {200, 250, 300, 3000}) {
    std::vector<Value> parts;
    for (std::size_t i = 0; i < count; ++i)
      parts.emplace_back(
          Tensor::full({1 + static_cast<std::int64_t>(i % 2)}, static_cast<double>(i)));
    const Value all = concat(parts);
    sum(all * all).backward();
    bool right = true;
    for (std::size_t i = 0; i < count; ++i)
      right = right && parts[i].grad()(0) == 2.0 * static_cast<double>(i);
    CHECK(right);
    CHECK(grad(sum(all), parts.back()).data()(0) == 1);
  }
}

TEST_CASE("grad() of a long chain, recorded and differentiated again", "[graph]") {
  const std::int64_t length = 20'000 / shrink;
  Value x = 1.0;
  Value y = x;
  for (std::int64_t i = 0; i < length; ++i) y = y * 0.9999 + x * 0.0001;
  y = y * y;
  const Value g = grad(y, x, {.create_graph = true});
  CHECK(distance(g.item(), 2) < 1e-9);
  CHECK(distance(grad(g, x).item(), 2) < 1e-9);
  g.backward();
  CHECK(distance(x.grad().item(), 2) < 1e-9);
}

TEST_CASE("a large graph is destroyed by another thread", "[graph]") {
  Value x = 1.0, a{Tensor::ones({3})};
  Value y = x, b = a;
  for (std::int64_t i = 0; i < 300'000 / shrink; ++i) y = y + 1.0;
  for (std::int64_t i = 0; i < 30'000 / shrink; ++i) b = b + 1.0;
  std::thread([y = std::move(y), b = std::move(b)]() mutable {
    y.backward();
    sum(b).backward();
    y = Value();
    b = Value();
  }).join();
  CHECK(x.grad().item() == 1);
  CHECK(identical(a.grad(), Tensor::ones({3})));
  // The memory of that thread's end serves this one again.
  Value z = x;
  for (int i = 0; i < 100'000 / shrink; ++i) z = z * 1.0;
  z.backward();
  CHECK(x.grad().item() == 2);
}
