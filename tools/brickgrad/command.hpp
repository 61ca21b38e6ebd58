// A command of the program brickgrad: its options, and what it does. Each has a source file of its
// name, a declaration here and a row in commands.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>

namespace tools {

/// Exit codes; the help, the manual page and docs/command.md say the same.
inline constexpr int success = 0, failure = 1, wrong_use = 2;

/// The command line, or an expression in it, cannot be understood: main exits with 2. For all other
/// exceptions it exits with 1.
class WrongUse : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Does what the options ask for; returns the exit code: 0 for success, 1 when the answer is no or
/// the work failed. Exceptions are printed by main.
using Action = std::function<int()>;

struct Command {
  const char* name;
  const char* summary;
  /// Adds the options to the command's parser and returns what runs once they are read.
  Action (*add)(CLI::App& parser);
  /// For the help and the manual page: command lines, each with what it is for.
  const char* examples;
};

/// All of them, in the order of the help.
std::span<const Command> commands();

/// The parser with every command; `chosen` becomes the action of the one that was called.
std::unique_ptr<CLI::App> make_parser(Action& chosen);

Action add_check(CLI::App& parser);
Action add_completion(CLI::App& parser);
Action add_eval(CLI::App& parser);
Action add_graph(CLI::App& parser);
Action add_man(CLI::App& parser);
Action add_ops(CLI::App& parser);
Action add_repl(CLI::App& parser);
Action add_tutorial(CLI::App& parser);
Action add_xor(CLI::App& parser);

}  // namespace tools
