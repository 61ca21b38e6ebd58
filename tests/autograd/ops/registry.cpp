#include <autograd/ops/probe.hpp>
#include <set>
#include <tests/autograd/compare.hpp>
#include <tests/autograd/ops/registry.hpp>
#include <tests/catch.hpp>
#include <utility>

namespace brickgrad {
namespace {

template <class Op, int... I>
ElementwiseCase elementwise_case(std::integer_sequence<int, I...>) {
  ElementwiseCase c;
  c.name = Op::name;
  c.arity = Op::arity;
  if constexpr (std::is_same_v<std::remove_cvref_t<decltype(Op::domain)>, Interval>)
    c.domain.assign(sizeof...(I), Op::domain);
  else
    c.domain.assign(Op::domain.begin(), Op::domain.end());
  c.reads = {reads_of_partial<Op, I>()...};
  c.of_values = [](const std::vector<Value>& x) { return evaluate(Op{}, x[I]...); };
  c.of_tensors = [](const std::vector<Tensor>& x) { return evaluate(Op{}, x[I]...); };
  c.of_numbers = [](const std::vector<double>& x) {
    return static_cast<double>(Op{}.forward(x[I]...));
  };
  if constexpr (Op::arity == 2) {
    c.number_first = [](double a, const Value& b) { return evaluate(Op{}, a, b); };
    c.number_second = [](const Value& a, double b) { return evaluate(Op{}, a, b); };
    c.tensor_number_first = [](double a, const Tensor& b) { return evaluate(Op{}, a, b); };
    c.tensor_number_second = [](const Tensor& a, double b) { return evaluate(Op{}, a, b); };
  }
  return c;
}

template <class Op, int... I>
Value apply(const Op& op, const std::vector<Value>& x, std::integer_sequence<int, I...>) {
  return evaluate(op, x[static_cast<std::size_t>(I)]...);
}

template <class Op>
StructuralCase structural_case(const Sample<Op>& s) {
  StructuralCase c;
  c.op = c.name = Op::name;
  if constexpr (requires { s.op.describe(); }) c.name += " " + s.op.describe();
  for (const auto& shape : s.shapes) c.shapes.emplace_back(shape);
  if constexpr (std::is_same_v<std::remove_cvref_t<decltype(Op::reads)>, Reads>)
    c.reads.assign(c.shapes.size(), Op::reads);
  else
    c.reads.assign(Op::reads.begin(), Op::reads.end());
  c.of_values = [op = s.op](const std::vector<Value>& x) {
    if constexpr (Op::arity == variadic) {
      const std::vector<internal::Argument> arguments(x.begin(), x.end());
      Op own = op;
      return internal::record(internal::op_tables[AllOps::index_of<Op>], &own, arguments);
    } else {
      return apply(op, x, std::make_integer_sequence<int, Op::arity>{});
    }
  };
  return c;
}

}  // namespace

const std::vector<ElementwiseCase>& elementwise_cases() {
  static const std::vector<ElementwiseCase> cases = [] {
    std::vector<ElementwiseCase> all;
    AllOps::for_each([&]<class Op>() {
      if constexpr (IsElementwise<Op>)
        all.push_back(elementwise_case<Op>(std::make_integer_sequence<int, Op::arity>{}));
    });
    return all;
  }();
  return cases;
}

const std::vector<StructuralCase>& structural_cases() {
  static const std::vector<StructuralCase> cases = [] {
    std::vector<StructuralCase> all;
    AllOps::for_each([&]<class Op>() {
      if constexpr (IsStructural<Op>)
        for (const auto& s : Op::samples()) all.push_back(structural_case(s));
    });
    return all;
  }();
  return cases;
}

}  // namespace brickgrad

using namespace brickgrad;

TEST_CASE("every op has a name of its own, and the cases cover them all", "[ops]") {
  std::set<std::string> names;
  AllOps::for_each([&]<class Op>() { names.insert(Op::name); });
  CHECK(static_cast<int>(names.size()) == AllOps::size);

  std::set<std::string> covered;
  for (const auto& c : elementwise_cases()) covered.insert(c.name);
  for (const auto& c : structural_cases()) covered.insert(c.op);
  CHECK(covered == names);
}

TEST_CASE("a recorded op is called by its name", "[ops]") {
  for (const auto& op : elementwise_cases()) {
    CHECK(op.of_values(leaves(samples(op, {{}}))).op() == op.name);
    CHECK(op.of_values(leaves(samples(op, {{3}}))).op() == op.name);
  }
  for (const auto& op : structural_cases()) CHECK(op.of_values(leaves(samples(op))).op() == op.op);
}

TEST_CASE("the largest result of an op that keeps maxima is that of the largest number", "[ops]") {
  std::vector<double> numbers{0, -0.0, 1, -1, quiet_nan, infinity, -infinity, 1e-310, 3};
  for (std::int64_t i = 0; i < 191; ++i) numbers.push_back(static_cast<double>(i * 37 % 11) - 5);
  const Tensor x = Tensor::from(numbers, {1, 1, 10, 20});
  int found = 0;
  AllOps::for_each([&]<class Op>() {
    if constexpr (requires { Op::keeps_maxima; }) {
      ++found;
      const auto f = [](const auto& v) { return evaluate(Op{}, v); };
      INFO(Op::name);
      CHECK(identical(f(max_pool2d(x, 2)), max_pool2d(f(x), 2)));
      Value before = x, after = x;
      sum(f(max_pool2d(before, 2))).backward();
      sum(max_pool2d(f(after), 2)).backward();
      CHECK(identical(before.grad(), after.grad()));
    }
  });
  CHECK(found > 0);
}
