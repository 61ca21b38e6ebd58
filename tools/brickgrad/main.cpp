// The program brickgrad: evaluates expressions, trains the XOR network, draws graphs.
#include <fmt/format.h>
#include <algorithm>
#include <cstdio>
#include <exception>

#include "command.hpp"
#include "expression.hpp"

namespace {

int complain(const std::exception& e, int code) {
  fmt::print(stderr, "brickgrad: {}\n", e.what());
  return code;
}

int run(int argc, char** argv) {
  tools::Action chosen;
  const auto app = tools::make_parser(chosen);
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (!arguments.empty())
    for (const CLI::App* parser : app->get_subcommands(
             [&](CLI::App* command) { return command->get_name() == arguments[0]; }))
      tools::protect_minus(*parser, arguments);
  std::reverse(arguments.begin(), arguments.end());
  try {
    app->parse(std::move(arguments));
  } catch (const CLI::ParseError& e) {
    return app->exit(e) == 0 ? tools::success : tools::wrong_use;
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int code = run(argc, argv);
    // A full disk or a closed pipe is no success.
    if (std::fflush(stdout) != 0 && code == tools::success) {
      fmt::print(stderr, "brickgrad: the output could not be written\n");
      return tools::failure;
    }
    return code;
  } catch (const tools::WrongUse& e) {
    return complain(e, tools::wrong_use);
  } catch (const tools::language::SyntaxError& e) {
    return complain(e, tools::wrong_use);
  } catch (const std::exception& e) { return complain(e, tools::failure); }
}
