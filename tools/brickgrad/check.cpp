// brickgrad check: an expression's gradients against finite differences.
#include <fmt/format.h>
#include <autograd/transform/gradcheck.hpp>

#include "command.hpp"
#include "expression.hpp"
#include "limits.hpp"
#include "terminal.hpp"

namespace tools {

using namespace brickgrad;

namespace {

struct CheckArguments {
  ExpressionArguments expression;
  GradCheckOptions options;
};

int check(const CheckArguments& a) {
  const language::Formula formula = read_formula(a.expression);
  if (formula.inputs().empty())
    throw WrongUse("the expression has no inputs to check; give some, as in x=2");
  // The differences are in float64 in any case.
  const language::Formula wide = formula.in(float64);
  GradCheckOptions options = a.options;
  options.dtype = formula.dtype();
  const Terminal out = terminal(stdout);
  bool ok = true;
  for (std::size_t k = 0; k < formula.inputs().size(); ++k) {
    const language::Input& input = formula.inputs()[k];
    const auto of_one = [&](const Value& x) {
      std::vector<Value> inputs;
      for (const language::Input& i : formula.inputs())
        inputs.push_back(constant(i.value.to(x.dtype()).clone()));
      inputs[k] = x;
      return x.dtype() == float64 ? wide(inputs) : formula(inputs);
    };
    const GradCheck result = gradcheck(of_one, input.value, options);
    ok = ok && result.ok;
    fmt::print("{} {}: {}\n",
               result.ok ? out.styled(Style::green, "ok    ") : out.styled(Style::red, "FAILED"),
               input.name, result.report);
  }
  return ok ? success : failure;
}

}  // namespace

Action add_check(CLI::App& parser) {
  auto a = std::make_shared<CheckArguments>();
  add_expression(parser, a->expression);
  parser.get_option("--dtype")->description(
      "Element type of the gradient; the differences are in float64 in any case");
  const auto number = [&](const char* name, auto& to, const char* help) {
    parser.add_option(name, to, help)->check(number_above(0))->type_name("X");
  };
  number("--step", a->options.step, "Step of the central differences, relative to max(1, |x|)");
  number("--absolute", a->options.absolute,
         "Allowed |analytic - numeric| [1e-7; 1e-5 for float32]");
  number("--relative", a->options.relative,
         "The same, in addition, relative to |numeric| [1e-5; 1e-4 for float32]");
  return [a] { return check(*a); };
}

}  // namespace tools
