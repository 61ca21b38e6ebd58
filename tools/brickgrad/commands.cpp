// The list of the commands, and the parser made from it.
#include <fmt/format.h>

#include "command.hpp"

namespace tools {
namespace {

constexpr Command list[] = {
    {"eval", "Evaluate an expression, with gradients and pictures", add_eval,
     "brickgrad eval 'tanh(x*y + sin(x))' x=2 y=-3 --grad\n"
     "brickgrad eval 'sum((w @ [1, 2])^2)' 'w=[[1,2],[3,4]]' --grad --json\n"
     "brickgrad eval 'x^3*y' x=2 y=1 --hessian\n"
     "brickgrad eval 'sin(x)/x' --plot x=-10:10\n"
     "brickgrad eval --file model.txt x=2 --svg graph.svg\n"
     "echo 'a = 2; a^10' | brickgrad eval -"},
    {"check", "Compare an expression's gradients with finite differences", add_check,
     "brickgrad check 'softplus(x) * y' x=1 y=2"},
    {"repl", "Evaluate line by line; variables live on", add_repl, "brickgrad repl"},
    {"graph", "Draw the graph of a network or an expression", add_graph,
     "brickgrad graph xor --out graph.svg\n"
     "brickgrad graph tutorial --level scalar --out neurons.png\n"
     "brickgrad graph xor --diff 1,100 --out change.svg\n"
     "brickgrad graph xor --layers 3 --activation relu --step 500 --out step.svg\n"
     "brickgrad graph tutorial --out steps.html\n"
     "brickgrad graph 'tanh(x*y)' x=2 y=-3 --out expression.svg"},
    {"tutorial", "Walk through one training step, brick by brick, with its numbers", add_tutorial,
     "brickgrad tutorial\n"
     "brickgrad tutorial --step 9"},
    {"xor", "Train a small network on XOR and show what it learned", add_xor,
     "brickgrad xor\n"
     "brickgrad xor --html training.html\n"
     "brickgrad xor --hidden 10 --optimizer adam --data gaussian --boundary"},
    {"ops", "The operations with their formulas and derivatives", add_ops,
     "brickgrad ops\n"
     "brickgrad ops tanh"},
    {"completion", "Print the completion script of a shell", add_completion,
     "brickgrad completion bash > ~/.local/share/bash-completion/completions/brickgrad"},
    {"man", "Print the manual page", add_man, "brickgrad man | man -l -"},
};

std::string indented(std::string_view lines) {
  std::string out = "  ";
  for (const char c : lines) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

}  // namespace

std::span<const Command> commands() { return list; }

std::unique_ptr<CLI::App> make_parser(Action& chosen) {
  auto app =
      std::make_unique<CLI::App>("Automatic differentiation at the command line.", "brickgrad");
  app->require_subcommand(1);
  app->set_version_flag("--version", "brickgrad " BRICKGRAD_VERSION);
  app->footer(
      "'brickgrad COMMAND --help' explains a command, with examples.\n"
      "Exit codes: 0 success, 1 the work failed or the answer is no, 2 wrong use.");
  for (const Command& c : commands()) {
    CLI::App* parser = app->add_subcommand(c.name, c.summary);
    parser->footer(fmt::format("Examples:\n{}", indented(c.examples)));
    parser->callback([&chosen, action = c.add(*parser)] { chosen = action; });
  }
  return app;
}

}  // namespace tools
