// Extents, broadcasting and axes, and what is said about those that make no sense.
#include <autograd/shape.hpp>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("shapes print like tuples", "[tensor]") {
  CHECK(to_string(Shape{}) == "()");
  CHECK(to_string(Shape{4}) == "(4,)");
  CHECK(to_string(Shape{2, 3}) == "(2, 3)");
  CHECK(fmt::format("{}", Shape{0, 1}) == "(0, 1)");
}

TEST_CASE("the number of elements", "[tensor]") {
  CHECK(Shape{}.numel() == 1);
  CHECK(Shape{2, 3, 4}.numel() == 24);
  CHECK(Shape{2, 0, 4}.numel() == 0);
  CHECK(Shape{std::int64_t{1} << 40, 0, 3}.numel() == 0);
}

TEST_CASE("extents by axis, from the end too", "[tensor]") {
  const Shape s{2, 3, 4};
  CHECK(s[0] == 2);
  CHECK(s[-1] == 4);
  CHECK(s[-3] == 2);
  CHECK(s.back() == 4);
  CHECK_THROWS_WITH(s[3], contains("shape: axis 3 is out of range for a tensor of 3 dimensions"));
  CHECK_THROWS_WITH(s[-4], contains("axis -4 is out of range"));
  CHECK_THROWS_AS(Shape{}.back(), Error);
  CHECK_THROWS_AS(Tensor::zeros({2, 3}).shape()[largest], Error);
}

TEST_CASE("impossible extents are refused", "[tensor]") {
  CHECK(message_of([] {
          Tensor::zeros({2, -1});
        }) == "shape (2, -1): an extent cannot be negative");
  CHECK(message_of([] {
          Tensor::zeros({largest, 2});
        }) == "shape (9223372036854775807, 2): too many elements");
  CHECK_THAT(message_of([] {
               Tensor::zeros({1 << 30, 1 << 30, 1 << 30});
             }),
             contains("too many elements"));
  CHECK_THAT(message_of([] {
               Tensor::zeros({0, largest, largest});
             }),
             contains("too many elements"));
  CHECK(message_of([] {
          Tensor::zeros({1, 1, 1, 1, 1, 1, 1, 1, 1});
        }) == "shape: 9 dimensions given, at most 8 are supported; reshape or split it");
  CHECK(message_of([] { Tensor::zeros(Shape(std::vector<std::int64_t>(1000, 1))); }) ==
        "shape: 1000 dimensions given, at most 8 are supported; reshape or split it");
  CHECK_THROWS_AS(Tensor::eye(largest), Error);
  CHECK_THROWS_AS(Tensor::eye(-1), Error);
}

TEST_CASE("rank 8 works, and more is an error everywhere", "[tensor]") {
  const Shape eight{1, 2, 1, 2, 1, 2, 1, 2};
  Value x{Tensor::arange(16)};
  const Value y = reshape(x, eight);
  CHECK(sum(y * y, {1, 3}).shape() == Shape{1, 1, 1, 2, 1, 2});
  sum(transpose(y, {7, 6, 5, 4, 3, 2, 1, 0}) * y).backward();
  CHECK(x.grad().shape() == Shape{16});
  CHECK_THROWS_AS(broadcast_to(y, Shape(std::vector<std::int64_t>(9, 2))), Error);
  CHECK_THROWS_AS(jacobian([](const Value& v) { return v * 1.0; }, Tensor::ones({1, 1, 1, 1, 1})),
                  Error);
}

TEST_CASE("shapes broadcast by NumPy's rule", "[tensor]") {
  const auto both = [](const Shape& a, const Shape& b) { return broadcast_shapes(a, b, "test"); };
  CHECK(both({2, 3}, {3}) == Shape{2, 3});
  CHECK(both({2, 1}, {1, 3}) == Shape{2, 3});
  CHECK(both({}, {2, 3}) == Shape{2, 3});
  CHECK(both({0}, {1}) == Shape{0});
  CHECK(both({3, 1, 5}, {4, 1}) == Shape{3, 4, 5});
  CHECK(message_of([&] {
          both({2, 3}, {2});
        }) == "test: shapes (2, 3) and (2,) cannot be broadcast: 3 against 2 in dimension 1");
  CHECK(message_of([&] { both({0}, {3}); }) ==
        "test: shapes (0,) and (3,) cannot be broadcast: 0 against 3 in dimension 0");
  CHECK(message_of([&] {
          Tensor::ones({2, 3}) + Tensor::ones({4});
        }) == "add: shapes (2, 3) and (4,) cannot be broadcast: 3 against 4 in dimension 1");
  CHECK_THROWS_AS(both({1 << 30, 1}, {1, largest / 64}), Error);
}

TEST_CASE("axes out of range or named twice", "[tensor]") {
  const Tensor t = Tensor::ones({2, 3});
  CHECK(message_of([&] { sum(t, 2); }) ==
        "sum: axis 2 is out of range for a tensor of 2 dimensions");
  CHECK(message_of([&] { sum(t, -3); }) ==
        "sum: axis -3 is out of range for a tensor of 2 dimensions");
  CHECK(message_of([&] { mean(t, {0, -2}); }) == "mean: axis -2 is named twice");
  CHECK(message_of([&] { max(Tensor::ones({3}), 1); }) ==
        "max: axis 1 is out of range for a tensor of 1 dimension");
  CHECK(message_of([&] { logsumexp(t, largest); }) ==
        "logsumexp: axis 9223372036854775807 is out of range for a tensor of 2 dimensions");
  CHECK(message_of([&] { softmax(Tensor(1.0)); }) ==
        "softmax: axis -1 is out of range for a tensor of 0 dimensions");
  CHECK(message_of([&] { log_softmax(t, 5); }) ==
        "log_softmax: axis 5 is out of range for a tensor of 2 dimensions");
  CHECK(message_of([&] { t.size(4); }) ==
        "size: axis 4 is out of range for a tensor of 2 dimensions");
}
