// The gradient check finds wrong gradients, and says where.
#include <algorithm>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("a right gradient passes", "[transform]") {
  const GradCheck r =
      gradcheck([](const Value& x) { return sum(tanh(x) * x); }, Tensor::randn({4}, 1));
  CHECK(r.ok);
  CHECK(r.largest_error < 1e-8);
  CHECK_THAT(r.report, contains("4 derivatives agree with central differences; largest error "));
}

TEST_CASE("a wrong gradient is found", "[transform]") {
  // What is detached counts in the value and not in the gradient.
  const GradCheck r =
      gradcheck([](const Value& x) { return sum(x * x.detach()); }, Tensor::from({1., 2., 0.}));
  CHECK_FALSE(r.ok);
  CHECK(distance(r.largest_error, 2) < 1e-8);
  CHECK_THAT(r.report, contains("2 of 3 derivatives differ from central differences:\n"
                                "  input 0, element 1: analytic 2, numeric 4"));
  CHECK_THAT(r.report, contains("\n  input 0, element 0: analytic 1, numeric 2"));
}

TEST_CASE("one wrong element of one input is found", "[transform]") {
  const Tensor mask = Tensor::from({1., 1., 0., 1.});
  const auto fn = [&mask](const std::vector<Value>& x) {
    return sum(x[0]) + sum(where(mask, sin(x[1]), sin(x[1].detach())));
  };
  const GradCheck r = gradcheck(fn, {Tensor::ones({3}), Tensor::full({4}, 0.1)});
  CHECK_FALSE(r.ok);
  CHECK_THAT(r.report, contains("1 of 7 derivatives differ"));
  CHECK_THAT(r.report, contains("input 1, element 2: analytic 0, numeric 0.99500"));
}

TEST_CASE("a gradient of the wrong sign or of a wrong factor is found", "[transform]") {
  const auto scaled = [](double factor) {
    return [factor](const Value& x) {
      const Value y = exp(x) * factor;
      return sum(y + (exp(x) - y).detach());
    };
  };
  CHECK(gradcheck(scaled(1), Tensor::randn({5}, 2)).ok);
  CHECK_FALSE(gradcheck(scaled(-1), Tensor::randn({5}, 2)).ok);
  CHECK_FALSE(gradcheck(scaled(1.001), Tensor::randn({5}, 2)).ok);
}

TEST_CASE("outputs of any shape are checked, and no two errors cancel", "[transform]") {
  CHECK(gradcheck([](const Value& x) { return exp(x); }, Tensor::randn({2, 3}, 3)).ok);
  // Each error is undone by the other output in a plain sum.
  const auto opposite = [](const Value& x) {
    const Value wrong = x * 2.0 - x.detach();
    return concat({wrong, -wrong});
  };
  CHECK_FALSE(gradcheck(opposite, Tensor::ones({2})).ok);
}

TEST_CASE("NaN is never right", "[transform]") {
  // More than a few, so that sorting the worst first meets NaN and numbers alike.
  const auto fn = [](const Value& x) { return where(x > 0, x * x.detach(), sqrt(x)); };
  const GradCheck r = gradcheck(fn, Tensor::linspace(-1, 1, 201));
  CHECK_FALSE(r.ok);
  CHECK(r.largest_error == infinity);
  const GradCheck one = gradcheck([](const Value& x) { return sqrt(x); }, Tensor::from({-1., 4.}));
  CHECK_FALSE(one.ok);
  CHECK_THAT(one.report, contains("numeric nan"));
}

TEST_CASE("a step that the point swallows is an error", "[transform]") {
  const auto f = [](const Value& x) { return x * x; };
  CHECK_THROWS_WITH(gradcheck(f, Tensor(2.0), {.step = 1e-300}),
                    contains("a step of 1e-300 is nothing beside x = 2"));
}

TEST_CASE("a gradient in float32 is checked against differences in float64", "[transform]") {
  std::vector<DType> seen;
  const auto f = [&](const Value& x) {
    seen.push_back(x.dtype());
    return sum(exp(x) * sin(x));
  };
  const GradCheck r = gradcheck(f, Tensor::from({0.3, 1.7}), {.dtype = float32});
  CHECK(r.ok);
  // What float32 rounds is seen, and within what it may be.
  CHECK(r.largest_error > 1e-8);
  CHECK(r.largest_error < 1e-5);
  CHECK(std::count(seen.begin(), seen.end(), float32) == 1);
  CHECK(seen.size() == 5);
  CHECK_FALSE(gradcheck(f, Tensor::from({0.3, 1.7}),
                        {.absolute = 1e-12, .relative = 1e-12, .dtype = float32})
                  .ok);
  // Right in float64, and not precise enough in float32.
  const auto cancels = [](const Value& x) { return 1.0 / (1.0 - cos(x)); };
  CHECK(gradcheck(cancels, Tensor(0.01)).ok);
  CHECK_FALSE(gradcheck(cancels, Tensor(0.01), {.dtype = float32}).ok);
}

TEST_CASE("float32 points are checked in float64, and views as they are", "[transform]") {
  CHECK(gradcheck([](const Value& x) { return sum(x * x); }, Tensor::ones({3}, float32)).ok);
  const Tensor base = Tensor::randn({3, 4}, 4);
  const GradCheck r = gradcheck([](const Value& x) { return sum(exp(x)); }, transpose(base));
  CHECK(r.ok);
  CHECK(identical(base, Tensor::randn({3, 4}, 4)));
}

TEST_CASE("no elements, nothing wrong", "[transform]") {
  CHECK(gradcheck([](const Value& x) { return sum(x); }, Tensor::zeros({0})).ok);
}
