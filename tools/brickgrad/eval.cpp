// brickgrad eval: the value of an expression, its derivatives, its graph and its plot.
#include <fmt/format.h>

#include "command.hpp"
#include "derivatives.hpp"
#include "expression.hpp"
#include "json.hpp"
#include "limits.hpp"
#include "pictures.hpp"
#include "plot.hpp"
#include "report.hpp"

namespace tools {

using namespace brickgrad;
using nlohmann::ordered_json;

namespace {

struct EvalArguments {
  ExpressionArguments expression;
  PictureArguments pictures;
  PlotArguments plot;
  bool gradient = false, hessian = false, json = false;
  int precision = 8;
};

void print_text(const EvalArguments& a, const language::Formula& formula, const Tensor& value,
                const std::vector<Tensor>& gradients, const std::optional<Hessian>& second) {
  if (!a.gradient && !a.hessian) {
    fmt::print("{}\n", to_text(value, a.precision));
    return;
  }
  fmt::print("{}", labelled("value", value, a.precision));
  for (std::size_t i = 0; i < gradients.size(); ++i)
    fmt::print("{}", labelled("d/d" + formula.inputs()[i].name, gradients[i], a.precision));
  if (second) fmt::print("hessian =\n{}", to_text(*second, a.precision));
}

void print_json(const EvalArguments& a, const language::Formula& formula, const Tensor& value,
                const std::vector<Tensor>& gradients, const std::optional<Hessian>& second) {
  ordered_json out;
  out["expression"] = formula.script().source->text();
  out["dtype"] = dtype_name(value.dtype());
  ordered_json& inputs = out["inputs"] = ordered_json::object();
  for (const language::Input& i : formula.inputs()) inputs[i.name] = to_json(i.value);
  out["shape"] = std::vector<std::int64_t>(value.shape().begin(), value.shape().end());
  out["value"] = to_json(value);
  if (a.gradient) {
    ordered_json& gradient = out["gradient"] = ordered_json::object();
    for (std::size_t i = 0; i < gradients.size(); ++i)
      gradient[formula.inputs()[i].name] = to_json(gradients[i]);
  }
  if (second) {
    out["hessian"]["inputs"] = second->labels;
    out["hessian"]["matrix"] = to_json(second->matrix);
  }
  // A comment may hold any bytes.
  fmt::print("{}\n", out.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

int evaluate(const EvalArguments& a) {
  check_files(a.pictures);
  const std::vector<PictureFile> pictures = a.pictures.files();
  if (a.pictures.force && pictures.empty())
    throw WrongUse("--force is of pictures; give the file of one, as in --svg graph.svg");
  std::vector<language::Input> plotted;
  if (a.plot.any()) plotted.push_back(plotted_input(a.plot, dtype_of(a.expression)));
  const language::Formula formula = read_formula(a.expression, std::move(plotted));
  if (a.plot.any()) {
    if (a.json || a.gradient || a.hessian || !pictures.empty())
      throw WrongUse("--plot stands alone: it draws the function and its derivative");
    return plot(formula, a.plot);
  }
  const std::vector<Value> leaves = formula.leaves();
  const Value result = formula(leaves);
  if ((a.gradient || a.hessian) && leaves.empty())
    throw WrongUse("the expression has no inputs to differentiate to; give some, as in x=2");
  std::vector<Tensor> gradients;
  if (a.gradient) gradients = first_derivatives(result, leaves);
  std::optional<Hessian> second;
  if (a.hessian) second = second_derivatives(result, leaves);
  // The text of a graph on standard output stands alone.
  if (a.pictures.dot != "-")
    (a.json ? print_json : print_text)(a, formula, result.data(), gradients, second);
  if (!pictures.empty()) fill_gradients(result);
  for (const PictureFile& file : pictures)
    draw(result, file,
         {.force = a.pictures.force, .timeout = a.pictures.timeout, .title = title_of(formula)});
  return success;
}

}  // namespace

Action add_eval(CLI::App& parser) {
  auto a = std::make_shared<EvalArguments>();
  add_expression(parser, a->expression);
  parser.add_flag("-g,--grad", a->gradient, "Print the derivative to every input");
  parser.add_flag("--hessian", a->hessian, "Print the second derivatives to all inputs");
  parser.add_flag("--json", a->json, "Print JSON, with all digits");
  parser.add_option("--precision", a->precision, "Significant digits of the text")
      ->check(whole_number(1, 17))
      ->capture_default_str()
      ->type_name("N");
  add_pictures(parser, a->pictures);
  add_plot(parser, a->plot);
  return [a] { return evaluate(*a); };
}

}  // namespace tools
