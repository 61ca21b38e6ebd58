// A command of the program brickgrad: its options, and what it does. Each has a source file of its
// name, a declaration here and a row in main.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace tools {

/// Does what the options ask for; returns the exit code: 0 for success, 1 when the answer is no or
/// the work failed. Exceptions are printed by main, which then exits with 1.
using Action = std::function<int()>;

struct Command {
  const char* name;
  const char* summary;
  /// Adds the options to the command's parser and returns what runs once they are read.
  Action (*add)(CLI::App& parser);
};

Action add_graph(CLI::App& parser);
Action add_ops(CLI::App& parser);
Action add_tutorial(CLI::App& parser);
Action add_xor(CLI::App& parser);

}  // namespace tools
