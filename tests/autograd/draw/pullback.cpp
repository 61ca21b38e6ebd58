// The formulas by which gradients go back, as pages show them.
#include "graphs.hpp"

#include <autograd/draw/page/pullback.hpp>
#include <tests/autograd/ops/registry.hpp>

using namespace drawing_tests;
using internal::Pullback;
using internal::pullbacks;

namespace {

/// With g for the gradient and d for the derivative of an elementwise op.
std::string readable(std::string text) {
  for (char& c : text)
    c = c == *internal::gradient_mark ? 'g' : c == *internal::local_mark ? 'd' : c;
  return text;
}

std::vector<Pullback> of(const Value& y, const std::vector<std::string>& names) {
  std::vector<Pullback> all = pullbacks(*y.node(), "y", names);
  for (Pullback& p : all) {
    p.rule = readable(p.rule);
    p.rule_in_numbers = readable(p.rule_in_numbers);
    for (auto& [name, text] : p.parts) text = readable(text);
  }
  return all;
}

Value seeded(const Value& y) {
  y.backward(Tensor::rand(y.shape(), 3) + 0.5, {.retain_grad = true});
  return y;
}

}  // namespace

TEST_CASE("pullback formulas are read off the derivatives") {
  const Value a = Tensor::from({{1., 2.}, {3., 4.}}), w = Tensor::from({{0.5, -1.}, {2., 0.25}}),
              b = Tensor::from({1., 2.});
  const Value product = matmul(a, w);
  product.backward(Tensor::from({{1., 0.}, {0., -1.}}), {.retain_grad = true});
  const auto matrix = of(product, {"a", "w"});
  CHECK(matrix[0].rule == "g @ transpose(w, (1, 0))");
  CHECK(matrix[0].rule_in_numbers == "[[1 0] [0 -1]] @ transpose([[0.5 -1] [2 0.25]], (1, 0))");
  CHECK(matrix[0].reads == std::vector<std::size_t>{1});
  CHECK_FALSE(matrix[0].reads_result);
  CHECK(matrix[1].rule == "transpose(a, (1, 0)) @ g");

  // Tensors too large for a line stand there by their names.
  const Value x = Tensor::randn({4, 3}, 1), ones = Tensor::ones({3, 2});
  const auto wide = of(seeded(matmul(x, ones)), {"x", "w"});
  CHECK(wide[0].rule_in_numbers == "g @ transpose([[1 1] [1 1] [1 1]], (1, 0))");
  CHECK(wide[1].rule_in_numbers == "transpose(x, (1, 0)) @ g");

  // What was broadcast is summed.
  const auto layer = of(seeded(linear(a, w, b)), {"a", "w", "b"});
  CHECK(layer[2].rule == "sum(g, axis=(0,))");
  const auto shifted = of(seeded(a + b), {"a", "b"});
  CHECK(shifted[0].rule == "g");
  CHECK(shifted[1].rule == "sum(g, axis=(0,))");
  const auto scaled = of(seeded(a * b), {"a", "b"});
  CHECK(scaled[0].rule == "g ⊙ d");
  CHECK(scaled[1].rule == "sum(g ⊙ d, axis=(0,))");
  CHECK(scaled[0].local->to_vector() == std::vector<double>{1, 2, 1, 2});
  CHECK(scaled[1].local->to_vector() == std::vector<double>{1, 2, 3, 4});

  CHECK(of(seeded(reshape(a, {4})), {"a"})[0].rule == "reshape(g, (2, 2))");
  CHECK(of(seeded(sum(a)), {"a"})[0].rule == "broadcast_to(reshape(g, (1, 1)), (2, 2))");
  const auto soft = of(seeded(softmax(a)), {"a"});
  CHECK(soft[0].rule == "y * (g - sum(g * y, axis=(1,)))");
  CHECK(soft[0].reads_result);
  CHECK(soft[0].reads.empty());
  CHECK(of(seeded(mean(a)), {"a"})[0].rule == "broadcast_to(reshape(g * 0.25, (1, 1)), (2, 2))");
  const auto largest = of(seeded(max(a)), {"a"});
  CHECK(largest[0].rule == "reshape(g, (1, 1)) * b");
  REQUIRE(largest[0].parts.size() == 1);
  CHECK(largest[0].parts[0] == std::pair<std::string, std::string>("b", "[[0 0] [0 1]]"));
  CHECK(largest[0].rule_in_numbers.ends_with("* [[0 0] [0 1]]"));
  const auto loss = of(seeded(max(Value(Tensor::randn({5, 4}, 1)))), {"x"});
  CHECK(loss[0].parts[0].second == "a constant (5, 4)");
  // A tensor that is a constant has a name all the same.
  const Tensor fixed = Tensor::from({{1., 2.}, {3., 4.}});
  CHECK(of(seeded(matmul(fixed, w)), {"X", "w"})[1].rule == "transpose(X, (1, 0)) @ g");
}

TEST_CASE("pullback formulas name what they use more than once") {
  const Value x = Tensor::randn({2, 3}, 1), gain = Tensor::ones({3}), bias = Tensor::zeros({3});
  const auto norm = of(seeded(layer_norm(x, gain, bias)), {"x", "gain", "a"});
  REQUIRE(norm[0].parts.size() >= 3);
  CHECK(norm[0].parts[0].first == "b");  // a is taken
  CHECK(norm[0].parts[0].second == "x - mean(x, axis=(-1,))");
  CHECK(norm[0].rule.size() < 60);
  CHECK(norm[2].rule == "sum(g, axis=(0,))");
}

TEST_CASE("pullback formulas of every structural op, which disturb nothing") {
  for (const auto& op : structural_cases()) {
    const std::vector<Value> x = leaves(samples(op));
    const Value y = seeded(op.of_values(x));
    std::vector<std::string> names;
    std::vector<Tensor> gradients;
    std::vector<std::uint32_t> references;
    for (std::size_t k = 0; k < x.size(); ++k) {
      names.push_back(fmt::format("x{}", k));
      gradients.push_back(x[k].grad().clone());
      references.push_back(x[k].node()->references);
    }
    if (y.node()->inputs() != static_cast<int>(x.size())) continue;  // of several ops
    const std::vector<Pullback> all = of(y, names);
    for (std::size_t k = 0; k < x.size(); ++k) {
      INFO(op.name << ", input " << k << ": " << all[k].rule);
      const bool receives = sum(abs(gradients[k])).item() > 0;
      CHECK(all[k].rule.empty() != receives);
      const bool has_g = all[k].rule.find('g') != std::string::npos || !all[k].parts.empty();
      CHECK(has_g == receives);
      CHECK(x[k].grad().to_vector() == gradients[k].to_vector());
      CHECK(x[k].node()->references == references[k]);
    }
  }
}

TEST_CASE("pullback formulas that are too long tell how long") {
  const Value x = Tensor::randn({50, 1, 4}, 1), w = Tensor::randn({1, 4}, 2),
              h = Tensor::ones({1, 1}), c = Tensor::ones({1, 1});
  const auto all = of(seeded(evaluate(ops::Lstm{}, x, w, h, c)), {"x", "w", "h", "c"});
  for (const Pullback& p : all) {
    CHECK_THAT(p.rule, contains(" operations on "));
    for (const char* name : {"g", "y", "w", "x"})
      CHECK_THAT(p.rule + ",", contains(fmt::format(" {},", name)));
    CHECK(p.rule.size() < 60);
    CHECK(p.rule_in_numbers.empty());
    CHECK(p.parts.empty());
  }
}

TEST_CASE("pullback formulas where there are none") {
  const Value x = Tensor::from({1., 2.}), y = square(x);
  CHECK(of(y, {"x"})[0].rule.empty());
  seeded(y);
  CHECK(of(y, {"x"})[0].rule == "g ⊙ d");
  x.fill_(3);
  CHECK(of(y, {"x"})[0].rule.empty());
  // Pages are written wherever somebody wants one.
  const Value total = seeded(matmul(Value(Tensor::ones({1, 2})), Value(Tensor::ones({2, 1}))));
  const no_grad guard;
  CHECK(of(total, {"a", "b"})[1].rule == "transpose(a, (1, 0)) @ g");
}
