// What commands that work on an expression have in common: its text, from the command line, a file
// or standard input, and the values of its inputs.
//   auto arguments = std::make_shared<ExpressionArguments>();
//   add_expression(parser, *arguments);
//   ... once the command line is read:
//   const language::Formula f = read_formula(*arguments);
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "language/formula.hpp"

namespace tools {

struct ExpressionArguments {
  std::string expression;             // the text, or "-" for standard input
  std::vector<std::string> bindings;  // NAME=VALUE
  std::string file;
  std::string dtype = "float64";
};

/// Adds the positional arguments and --file and --dtype.
void add_expression(CLI::App& parser, ExpressionArguments& arguments);
void add_dtype(CLI::App& parser, ExpressionArguments& arguments);

/// Reads and parses all of it, and runs it once; `more` are inputs that other options name. Throws
/// WrongUse, SyntaxError, or Error when an operation fails.
language::Formula read_formula(const ExpressionArguments& arguments,
                               std::vector<language::Input> more = {});
brickgrad::DType dtype_of(const ExpressionArguments& arguments);

/// The text in one line for a title, shortened to `longest` columns.
std::string title_of(const language::Formula& formula, int longest = 72);

/// The first argument of an expression may start with a minus sign; the parser of the command line
/// would take it for an option. This puts a blank before such an argument, which read_formula()
/// takes away again.
void protect_minus(const CLI::App& parser, std::vector<std::string>& arguments);

}  // namespace tools
