// Expressions of the language against the functions of the library.
#include <cmath>
#include <limits>
#include <numbers>
#include <set>
#include <tests/autograd/compare.hpp>
#include <tests/catch.hpp>
#include <tools/brickgrad/language/formula.hpp>
#include <tools/brickgrad/language/reference.hpp>

using namespace brickgrad;
using tools::language::Formula;
using tools::language::Input;
using tools::language::parse;
using tools::language::Session;
using tools::language::Source;

namespace {

Value run(const std::string& text, DType dtype = float64) {
  Session session(dtype);
  return session.run(parse(Source(text)));
}
double number(const std::string& text) { return run(text).item(); }

/// What its example or its name computes must have come from this op.
bool made_by(const Value& v, const std::string& op) {
  std::vector<internal::Node*> open{v.node()};
  std::set<internal::Node*> seen;
  while (!open.empty()) {
    internal::Node* n = open.back();
    open.pop_back();
    if (!n || !seen.insert(n).second) continue;
    if (n->op->name == op) return true;
    for (int i = 0; i < n->inputs(); ++i) open.push_back(n->input(i));
  }
  return false;
}

}  // namespace

TEST_CASE("operators bind as in mathematics", "[language]") {
  CHECK(number("1 + 2 * 3") == 7);
  CHECK(number("(1 + 2) * 3") == 9);
  CHECK(number("8 - 3 - 2") == 3);
  CHECK(number("16 / 4 / 2") == 2);
  CHECK(number("2 ^ 3 ^ 2") == 512);
  CHECK(number("2 ** 3 ** 2") == 512);
  CHECK(number("-3 ^ 2") == -9);
  CHECK(number("(-3) ^ 2") == 9);
  CHECK(number("2 ^ -2") == 0.25);
  CHECK(number("2 ^ -2 ^ 2") == std::pow(2, -4));
  CHECK(number("2 ^ -1 * 8") == 4);
  CHECK(number("-2 * -3") == 6);
  CHECK(number("- - 2") == 2);
  CHECK(number("+2 - +3") == -1);
  CHECK(number("1 + 1 < 3") == 1);
  CHECK(number("2 * 3 == 7") == 0);
  CHECK(number("-[1, 2][1]") == -2);
  CHECK(number("[3, 2][0] ^ 2") == 9);
  CHECK(number("[[1, 2], [3, 4]] @ [1, 1] @ [1, 10]") == 73);
}

TEST_CASE("numbers and constants", "[language]") {
  CHECK(number("1e-3") == 1e-3);
  CHECK(number(".5") == 0.5);
  CHECK(number("5.") == 5);
  CHECK(number("1E+2") == 100);
  CHECK(number("0.1") == 0.1);
  CHECK(number("1e-320") == 1e-320);
  CHECK(number("1e-999") == 0);
  CHECK(number("pi") == std::numbers::pi);
  CHECK(number("e") == std::numbers::e);
  CHECK(number("-inf") == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(number("nan")));
  CHECK(number("e = 3; e") == 3);
}

TEST_CASE("statements, comments and lines", "[language]") {
  CHECK(number("a = 2; b = a * 3\n b + 1") == 7);
  CHECK(number("# a comment\n\n1 + # another\n 2;;\n") == 3);
  CHECK(number("[1,\n 2,\n 3][\n-1]") == 3);
  CHECK(number("x =\n 4") == 4);
  CHECK(number("x = 1; x = x + 1; x") == 2);
  CHECK(number("größe = 2; x₁ = größe; x₁ * größe") == 4);
  CHECK(number("1\r\n+ 1") == 1);  // a line that is complete ends its statement
}

TEST_CASE("tensors and their parts", "[language]") {
  const Tensor m = Tensor::from({{1., 2., 3.}, {4., 5., 6.}});
  CHECK(identical(run("[[1,2,3],[4,5,6]]").data(), m));
  CHECK(run("[]").shape() == Shape{0});
  CHECK(run("[[1, 2]]", float32).dtype() == float32);
  const std::string a = "a = [[1,2,3],[4,5,6]]; ";
  CHECK(identical(run(a + "a[1]").data(), m[1]));
  CHECK(number(a + "a[1, 2]") == 6);
  CHECK(number(a + "a[-1][-3]") == 4);
  CHECK(identical(run(a + "a[:, 1]").data(), Tensor::from({2., 5.})));
  CHECK(identical(run(a + "a[0, 1:]").data(), Tensor::from({2., 3.})));
  CHECK(identical(run(a + "a[0, :-1]").data(), Tensor::from({1., 2.})));
  CHECK(identical(run(a + "a[:, ::2]").data(), Tensor::from({{1., 3.}, {4., 6.}})));
  CHECK(identical(run(a + "a[1:2, 0:2:1]").data(), Tensor::from({{4., 5.}})));
  CHECK(identical(run("x = 2; [x, x^2, 1]").data(), Tensor::from({2., 4., 1.})));
  CHECK(identical(run("r = [1, 2]; [r, 2*r]").data(), Tensor::from({{1., 2.}, {2., 4.}})));
  CHECK(identical(run("where([1, 2, 3] > 2, 10, [1, 2, 3])").data(), Tensor::from({1., 2., 10.})));
}

TEST_CASE("arguments have places and names", "[language]") {
  CHECK(identical(run("sum([[1,2],[3,4]], 0)").data(), Tensor::from({4., 6.})));
  CHECK(
      identical(run("sum([[1,2],[3,4]], keepdims=1, axis=1)").data(), Tensor::from({{3.}, {7.}})));
  CHECK(number("sum([[1,2],[3,4]], axis=[0,1])") == 10);
  CHECK(run("x = [5, 6]; [[1, 2], [3, 4]] @ x").op() == "matvec");
  CHECK(identical(run("vecmat([5, 6], [[1, 2], [3, 4]])").data(), Tensor::from({23., 34.})));
  CHECK(number("[1, 2] @ [3, 4]") == 11);
  CHECK_THROWS_WITH(run("vecdot([[1, 2]], [3, 4])"), contains("shape (1, 2) is no vector"));
  CHECK(number("leaky_relu(-2)") == -0.02);
  CHECK(number("leaky_relu(-2, 0.5)") == -1);
  CHECK(number("clamp(5, -2, 3)") == 3);
  CHECK(run("zeros(2, 3)").shape() == Shape{2, 3});
  CHECK(run("zeros([2, 3])").shape() == Shape{2, 3});
  CHECK(identical(run("concat([1], [2, 3], axis=0)").data(), Tensor::from({1., 2., 3.})));
}

TEST_CASE("every elementwise op is a function of its name", "[language]") {
  AllOps::for_each([]<class Op>() {
    if constexpr (IsElementwise<Op>) {
      INFO(Op::name);
      const auto domain = [](int i) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(Op::domain)>, Interval>)
          return static_cast<void>(i), Op::domain;
        else
          return Op::domain[static_cast<std::size_t>(i)];
      };
      std::vector<Input> inputs;
      std::string text = std::string(Op::name) + "(";
      double x[Op::arity];
      for (int i = 0; i < Op::arity; ++i) {
        x[i] = domain(i).low + (0.3 + 0.2 * i) * (domain(i).high - domain(i).low);
        text += fmt::format("{}x{}", i == 0 ? "" : ", ", i);
        inputs.push_back({fmt::format("x{}", i), Tensor(x[i])});
      }
      const double expected = [&]<int... I>(std::integer_sequence<int, I...>) {
        return static_cast<double>(Op{}.forward(x[I]...));
      }
      (std::make_integer_sequence<int, Op::arity>{});
      const Formula formula(parse(Source(text + ")")), inputs);
      const Value y = formula(formula.leaves());
      CHECK_THAT(y.item(), WithinULP(expected, 8));
      CHECK(y.op() == Op::name);
      // Numbers in the text are computed at once, to the same result.
      std::string numbers = std::string(Op::name) + "(";
      for (int i = 0; i < Op::arity; ++i) numbers += fmt::format("{}{}", i == 0 ? "" : ", ", x[i]);
      CHECK_THAT(number(numbers + ")"), WithinULP(expected, 8));
    }
  });
}

TEST_CASE("every op on tensors is a function, whose example records it", "[language]") {
  std::set<int> covered;
  for (const auto& f : tools::language::functions()) {
    if (f.example.empty()) continue;
    INFO(f.example);
    CHECK(run(f.example).numel() > 0);
    if (f.op < 0 || f.is_elementwise()) continue;
    // The first literal becomes an input, so that what is computed from it is recorded.
    const std::size_t open = f.example.find('(');
    REQUIRE(f.example.substr(0, open) == f.name);
    std::size_t end = open + 1;
    for (int depth = 0;; ++end) {
      depth += (f.example[end] == '[') - (f.example[end] == ']');
      if (depth == 0) break;
    }
    const Value y = run("v = " + f.example.substr(open + 1, end - open) + "; " + f.name + "(v" +
                        f.example.substr(end + 1));
    if (made_by(y, internal::op_tables[f.op].name)) covered.insert(f.op);
  }
  AllOps::for_each([&]<class Op>() {
    INFO(Op::name);
    if (IsStructural<Op>) CHECK(covered.contains(AllOps::index_of<Op>));
  });
}

TEST_CASE("gradients are those of the library", "[language]") {
  const Formula formula(parse(Source("h = tanh(x*y + sin(x)); h / (1 + exp(-y))")),
                        {{"x", Tensor(2.)}, {"y", Tensor(-3.)}});
  const auto leaves = formula.leaves();
  const Value f = formula(leaves);
  Value x = 2.0, y = -3.0;
  const Value expected = tanh(x * y + sin(x)) / (1.0 + exp(-y));
  CHECK(f.item() == expected.item());
  const auto g = grad(f, leaves), h = grad(expected, std::vector{x, y});
  CHECK(g[0].item() == h[0].item());
  CHECK(g[1].item() == h[1].item());
}

TEST_CASE("inputs are what uses no other variable, and bindings win over them", "[language]") {
  const std::string text = "a = 2; w = [[1, 2], [3, 4]]; b = a * 10; sum(w) * b";
  const Formula plain(parse(Source(text)), {});
  REQUIRE(plain.inputs().size() == 2);
  CHECK(plain.inputs()[0].name == "a");
  CHECK(plain.inputs()[1].name == "w");
  CHECK(plain(plain.leaves()).item() == 200);
  const Formula bound(parse(Source(text)), {{"a", Tensor(3.)}});
  CHECK(bound(bound.leaves()).item() == 300);
  // What follows from others is no input, and is computed whatever is bound.
  const Formula derived(parse(Source(text)), {{"b", Tensor(1.)}});
  CHECK(derived(derived.leaves()).item() == 200);
}

TEST_CASE("an input stays one when its name goes on as something else", "[language]") {
  const Formula f(parse(Source("x = 3; x = x * 2; x = x^2; x")), {});
  REQUIRE(f.inputs().size() == 1);
  CHECK(f.inputs()[0].name == "x");
  CHECK(f.inputs()[0].value.item() == 3);
  const auto leaves = f.leaves();
  const Value y = f(leaves);
  CHECK(y.item() == 36);
  CHECK(grad(y, leaves)[0].item() == 24);
  CHECK(f({Value(5.0)}).item() == 100);
  const Formula bound(parse(Source("x = x * 2; x")), {{"x", Tensor(4.)}});
  REQUIRE(bound.inputs().size() == 1);
  CHECK(grad(bound(bound.leaves()), bound.leaves()).size() == 1);
  CHECK(bound({Value(1.0)}).item() == 2);
}

TEST_CASE("an input given anew is a new one", "[language]") {
  const Formula f(parse(Source("x = 1; y = x^2; x = 5; x * y")), {});
  const auto leaves = f.leaves();
  REQUIRE(leaves.size() == 1);
  const Value z = f(leaves);
  CHECK(z.item() == 5);
  CHECK(grad(z, leaves)[0].item() == 1);
  // What is bound stands in place of both.
  const Formula bound(parse(Source("x = 1; y = x^2; x = 5; x * y")), {{"x", Tensor(2.)}});
  CHECK(bound(bound.leaves()).item() == 8);
}

TEST_CASE("variables live from one script to the next", "[language]") {
  Session session;
  session.run(parse(Source("x = 3")));
  session.run(parse(Source("y = x^2")));
  const Value z = session.run(parse(Source("2*y")));
  CHECK(grad(z, session.variables().find("x")->second).item() == 12);
  CHECK(session.variables().find("y")->second.name() == "y");
  REQUIRE(session.inputs().size() == 1);
  CHECK(session.inputs()[0].name == "x");
  // An error leaves them as they were.
  CHECK_THROWS(session.run(parse(Source("y = y @ [1, 2, 3] @ [1, 2]"))));
  CHECK(session.run(parse(Source("y"))).item() == 9);
}

TEST_CASE("float32 is the type of everything when it is asked for", "[language]") {
  const Formula f(parse(Source("x * 0.1 + [1, 2]")), {{"x", Tensor(3.)}}, float32);
  const Value y = f(f.leaves());
  CHECK(y.dtype() == float32);
  CHECK(run("1/3", float32).dtype() == float32);
  CHECK(run("1/3", float32).item() == static_cast<double>(1.0f / 3.0f));
}

TEST_CASE("the formulas of the ops are expressions that give their values", "[language]") {
  for (const auto& f : tools::language::functions()) {
    if (!f.is_elementwise()) continue;
    INFO(f.name);
    const auto reference = tools::language::describe_function(f);
    std::vector<Input> inputs;
    std::vector<std::string> operands;
    for (std::size_t i = 0; i < f.domain.size(); ++i) {
      operands.push_back(f.parameters[i].name);
      const auto [low, high] = f.domain[i];
      inputs.push_back(
          {operands.back(), Tensor(low + (0.3 + 0.2 * static_cast<double>(i)) * (high - low))});
    }
    const Formula call(parse(Source(fmt::format("{}({})", f.name, fmt::join(operands, ", ")))),
                       inputs);
    const auto leaves = call.leaves();
    const Value y = call(leaves);
    const Formula formula(parse(Source(reference.formula)), inputs);
    CHECK(formula(formula.leaves()).item() == Approx(y.item()).epsilon(1e-12));
    const auto g = grad(y, leaves);
    inputs.push_back({"y", y.data()});
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const std::string& text = reference.derivatives[i].second;
      if (text == "none") {
        CHECK(g[i].item() == 0);
        continue;
      }
      INFO(text);
      const Formula partial(parse(Source(text)), inputs);
      CHECK(partial(partial.leaves()).item() == Approx(g[i].item()).epsilon(1e-12));
    }
  }
}

TEST_CASE("the reference finds domains, kinks and poles", "[language]") {
  const auto of = [](const char* name) {
    return tools::language::describe_function(*tools::language::find_function(name));
  };
  CHECK(of("tanh").defined == "all x");
  CHECK(of("log").defined == "x > 0");
  CHECK(of("sqrt").defined == "x >= 0");
  CHECK(of("log1p").defined == "x > -1");
  CHECK(of("asin").defined == "-1 <= x <= 1");
  CHECK(of("atanh").defined == "-1 < x < 1");
  CHECK(of("acosh").defined == "x >= 1");
  CHECK(of("reciprocal").defined == "x < 0 and x > 0");
  CHECK(of("tanh").kinks.empty());
  CHECK(of("abs").kinks == std::vector<std::string>{"x = 0: d/dx is 0, -1 below and 1 above"});
  CHECK(of("relu").kinks == std::vector<std::string>{"x = 0: d/dx is 0, 0 below and 1 above"});
  CHECK(of("sqrt").kinks == std::vector<std::string>{"x = 0: d/dx is inf"});
  CHECK(of("maximum").kinks == std::vector<std::string>{"a = b: d/da is 0.5, 0 below and 1 above",
                                                        "a = b: d/db is 0.5, 0 below and 1 above"});
}
