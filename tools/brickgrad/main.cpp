// The program brickgrad: evaluates expressions, trains the XOR network, draws graphs.
#include <fmt/format.h>
#include <cstdio>
#include <exception>

#include "command.hpp"

namespace {

constexpr tools::Command commands[] = {
    {"graph", "Draw the computation graph of a network", tools::add_graph},
    {"ops", "List the operations and their derivatives", tools::add_ops},
    {"tutorial", "Walk through one training step, brick by brick, with its numbers",
     tools::add_tutorial},
    {"xor", "Train a small network on XOR and show what it learned", tools::add_xor},
};

constexpr int wrong_use = 2;

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Automatic differentiation at the command line.", "brickgrad");
  app.require_subcommand(1);
  tools::Action chosen;
  for (const tools::Command& c : commands) {
    CLI::App* parser = app.add_subcommand(c.name, c.summary);
    parser->callback([&chosen, action = c.add(*parser)] { chosen = action; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) { return app.exit(e) == 0 ? 0 : wrong_use; }
  try {
    return chosen();
  } catch (const std::exception& e) {
    fmt::print(stderr, "brickgrad: {}\n", e.what());
    return 1;
  }
}
