// The formulas of the ops as text.
#include <autograd/autograd.hpp>
#include <autograd/graph/formula.hpp>
#include <tests/catch.hpp>

using namespace brickgrad;

namespace {

using Texts = std::vector<std::string>;

template <class Op>
std::string forward(const Texts& x, const Op& op = {}) {
  return internal::forward_text(internal::op_tables[AllOps::index_of<Op>], &op, x);
}
template <class Op>
std::string partial(int input, const std::string& y, const Texts& x,
                    internal::InputSet constants = 0) {
  return internal::partial_text(internal::op_tables[AllOps::index_of<Op>], nullptr, input, y, x,
                                constants);
}

}  // namespace

TEST_CASE("formulas are the texts of the ops", "[graph]") {
  CHECK(forward<ops::Sigmoid>({"x"}) == "1 / (1 + exp(-x))");
  CHECK(partial<ops::Sigmoid>(0, "y", {"x"}) == "y * (1 - y)");
  CHECK(partial<ops::Tanh>(0, "y", {"x"}) == "1 - y^2");
  CHECK(partial<ops::Div>(1, "y", {"a", "b"}) == "-y / b");
  CHECK(forward<ops::Relu>({"z1"}) == "where(z1 <= 0, 0, z1)");
  CHECK(forward<ops::Pow>({"a", "b"}) == "a^b");
}

TEST_CASE("formulas put parentheses around what would be read differently", "[graph]") {
  CHECK(forward<ops::Mul>({"-5.09", "w"}) == "-5.09 * w");
  CHECK(forward<ops::Mul>({"w", "-5.09"}) == "w * (-5.09)");
  CHECK(forward<ops::Sub>({"a", "b - c"}) == "a - (b - c)");
  CHECK(forward<ops::Sub>({"a", "-1e-05"}) == "a - (-1e-05)");
  CHECK(forward<ops::Square>({"-0.5"}) == "(-0.5)^2");
  CHECK(forward<ops::Mul>({"3", "3"}) == "3 * 3");
  CHECK(forward<ops::Square>({"a + b"}) == "(a + b)^2");
  CHECK(forward<ops::Neg>({"-2"}) == "-(-2)");
  CHECK(forward<ops::Exp>({"a + b"}) == "exp(a + b)");
  CHECK(partial<ops::Tanh>(0, "-0.9", {"-1.5"}) == "1 - (-0.9)^2");
}

TEST_CASE("formulas show the attributes of an op", "[graph]") {
  CHECK(forward<ops::LeakyRelu>({"x"}) == "where(x > 0, x, 0.01 * x)");
  CHECK(forward<ops::LeakyRelu>({"x"}, {{}, 0.2}) == "where(x > 0, x, 0.2 * x)");
}

TEST_CASE("formulas of what has no derivative, or is no elementwise op", "[graph]") {
  CHECK(partial<ops::Where>(0, "y", {"m", "a", "b"}).empty());
  CHECK(partial<ops::Where>(1, "y", {"m", "a", "b"}) == "where(m != 0, 1, 0)");
  CHECK(forward<ops::MatMul>({"x", "w"}) == "x @ w");
  CHECK(forward<ops::VecMat>({"x + y", "w"}) == "(x + y) @ w");
  CHECK(partial<ops::MatMul>(0, "y", {"x", "w"}).empty());
}

TEST_CASE("formulas of layers and losses that are made of few ops", "[graph]") {
  CHECK(forward<ops::Linear>({"x", "0.weight", "0.bias"}) == "x @ 0.weight + 0.bias");
  CHECK(forward<ops::Linear>({"x + y", "w", "b"}) == "(x + y) @ w + b");
  const ops::CrossEntropy loss{{}, {0, 1}};
  CHECK(forward<ops::CrossEntropy>({"h"}, loss) == "mean(logsumexp(h, 1) - h[label])");
  CHECK(forward<ops::CrossEntropy>({"a * b"}, loss) ==
        "mean(logsumexp(a * b, 1) - (a * b)[label])");
}

TEST_CASE("formulas work out what constants decide", "[graph]") {
  const auto power = [](const char* exponent) {
    return partial<ops::Pow>(0, "y", {"x", exponent}, 2);
  };
  CHECK(power("2") == "2 * x");
  CHECK(power("3") == "3 * x^2");
  CHECK(power("1") == "1");
  CHECK(power("0").empty());
  CHECK(power("0.5") == "0.5 * x^(-0.5)");
  CHECK(power("-1") == "-1 * x^(-2)");
  CHECK(partial<ops::Pow>(1, "y", {"2", "x"}, 1) == "y * log(2)");
  CHECK(partial<ops::Maximum>(0, "y", {"x", "0"}, 2).find("x") != std::string::npos);
  // In numbers those stay that stand for values.
  CHECK(partial<ops::Pow>(0, "9", {"3", "2"}, 2) == "2 * 3");
  CHECK(partial<ops::Mul>(0, "6", {"2", "3"}) == "3");
  CHECK(partial<ops::Pow>(0, "y", {"a", "b"}) == "where(b == 0, 0, b * a^(b - 1))");
}
