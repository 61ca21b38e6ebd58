#include "expression.hpp"

#include <algorithm>
#include <autograd/error.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "command.hpp"
#include "language/utf8.hpp"
#include "messages.hpp"
#include "terminal.hpp"

namespace tools {
namespace {

constexpr const char* positional = "expression";

std::string without_guard(const std::string& text) {
  return text.starts_with(" -") ? text.substr(1) : text;
}

/// Without the byte order mark that some editors put before UTF-8. Throws for what has no end.
std::string read_all(std::istream& in, const std::string& name) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  constexpr std::size_t most = 100'000'000, piece = 65'536;
  std::string text;
  while (in) {
    const std::size_t before = text.size();
    text.resize(before + piece);
    in.read(text.data() + before, piece);
    text.resize(before + static_cast<std::size_t>(in.gcount()));
    if (text.size() > most)
      brickgrad::fail("{} is longer than {} MB; is it an expression?", name, most / 1'000'000);
  }
  if (text.starts_with(mark)) text.erase(0, mark.size());
  return text;
}

language::Source read_source(const ExpressionArguments& a) {
  if (a.file.empty() && a.expression != "-") return language::Source(without_guard(a.expression));
  if (a.file.empty() || a.file == "-")
    return language::Source(read_all(std::cin, "standard input"), "standard input");
  std::error_code unknown;
  if (std::filesystem::is_directory(a.file, unknown))
    brickgrad::fail("cannot read {}: it is a folder, and no file", a.file);
  std::ifstream in(a.file, std::ios::binary);
  std::string text = read_all(in, a.file);
  if (!in.is_open() || in.bad())
    brickgrad::fail("cannot read {}: {}", a.file, std::strerror(errno));
  return language::Source(std::move(text), a.file);
}

}  // namespace

void add_expression(CLI::App& parser, ExpressionArguments& a) {
  parser.add_option(positional, a.expression,
                    "The expression; several statements are separated by ';' or newlines. "
                    "- reads standard input");
  parser.add_option("bindings", a.bindings,
                    "NAME=VALUE of the inputs, such as x=2 or w=[[1,2],[3,4]]");
  parser.add_option("-f,--file", a.file, "Read the expression from a file (- is standard input)")
      ->type_name("FILE");
  add_dtype(parser, a);
}

void add_dtype(CLI::App& parser, ExpressionArguments& a) {
  parser.add_option("--dtype", a.dtype, "Element type")
      ->check(CLI::IsMember({"float64", "float32"}))
      ->capture_default_str()
      ->type_name("TYPE");
}

brickgrad::DType dtype_of(const ExpressionArguments& a) {
  return a.dtype == "float32" ? brickgrad::float32 : brickgrad::float64;
}

language::Formula read_formula(const ExpressionArguments& a, std::vector<language::Input> inputs) {
  const std::size_t first_given = inputs.size();  // before it, what is plotted
  std::vector<std::string> bindings = a.bindings;
  if (!a.file.empty() && !a.expression.empty()) bindings.insert(bindings.begin(), a.expression);
  if (a.file.empty() && a.expression.empty())
    throw WrongUse("there is no expression: write it as the first argument, in quotes");
  const brickgrad::DType dtype = dtype_of(a);
  for (const std::string& text : bindings) {
    language::Input input = language::parse_binding(without_guard(text), dtype);
    for (const language::Input& other : inputs)
      if (other.name == input.name) {
        const bool plotted = &other < inputs.data() + first_given;
        throw WrongUse(
            plotted
                ? fmt::format("{0} goes along the axis of --plot; leave out '{0}=...'", input.name)
                : fmt::format("{} is given twice", input.name));
      }
    inputs.push_back(std::move(input));
  }
  language::Script script = language::parse(read_source(a));
  if (script.statements.empty())
    throw WrongUse("the expression is empty: blanks and comments compute nothing");
  for (const language::Input& input : inputs)
    if (std::find(script.names.begin(), script.names.end(), input.name) == script.names.end())
      print_error(fmt::format("brickgrad: the expression does not use {}\n", input.name));
  return {std::move(script), inputs, dtype};
}

std::string title_of(const language::Formula& formula, int longest) {
  std::istringstream words(formula.script().source->text());
  std::string title, word;
  while (words >> word && display_width(title) <= longest)
    title += (title.empty() ? "" : " ") + word;
  if (display_width(title) <= longest) return title;
  const std::string_view dots = "...";
  int columns = static_cast<int>(dots.size());
  std::size_t end = 0;
  while (end < title.size()) {
    const language::Character c = language::character_at(title, end);
    columns += language::display_width(c);
    if (columns > longest) break;
    end += static_cast<std::size_t>(c.bytes);
  }
  return title.substr(0, end).append(dots);
}

void protect_minus(const CLI::App& parser, std::vector<std::string>& arguments) {
  if (!parser.get_option_no_throw(positional)) return;
  for (std::string& a : arguments) {
    if (a == "--") return;
    if (a.size() < 2 || a[0] != '-' || a[1] == '-') continue;
    const auto options = parser.get_options();
    const bool known = std::any_of(options.begin(), options.end(), [&](const CLI::Option* o) {
      return a.size() == 2 && o->check_sname(a.substr(1));
    });
    if (!known) a.insert(a.begin(), ' ');
  }
}

}  // namespace tools
