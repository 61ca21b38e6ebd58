// The program brickgrad: evaluates expressions, trains the XOR network, draws graphs.
#include <fmt/format.h>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <system_error>

#include "command.hpp"
#include "command_tree.hpp"
#include "expression.hpp"
#include "language/suggest.hpp"
#include "messages.hpp"

namespace {

int complain(const std::exception& e, int code) {
  tools::print_error(fmt::format("brickgrad: {}\n", tools::in_words_of_options(e.what())));
  return code;
}

/// What to write instead of an option that there is not.
std::string option_hint(const CLI::App& parser) {
  std::vector<std::string> names;
  for (const tools::OptionFacts& o : tools::options_of(parser))
    if (!o.positional) names.insert(names.end(), o.names.begin(), o.names.end());
  for (const std::string& word : parser.remaining())
    if (word.starts_with("--"))
      return tools::language::suggestion(word.substr(0, word.find('=')), names);
  return {};
}

/// The parser would say that a command is missing.
void check_first_option(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const tools::OptionFacts& o : tools::options_of(app))
    names.insert(names.end(), o.names.begin(), o.names.end());
  if (std::find(names.begin(), names.end(), word) != names.end()) return;
  throw tools::WrongUse(fmt::format("there is no option '{}'{}\n'brickgrad --help' lists them",
                                    word, tools::language::suggestion(word, names)));
}

int run(int argc, char** argv) {
  tools::Action chosen;
  const auto app = tools::make_parser(chosen);
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const CLI::App* command = nullptr;
  if (!arguments.empty() && !arguments[0].starts_with('-')) {
    std::vector<std::string> names;
    for (const CLI::App* c : app->get_subcommands([](CLI::App*) { return true; })) {
      names.push_back(c->get_name());
      if (names.back() == arguments[0]) command = c;
    }
    if (!command)
      throw tools::WrongUse(fmt::format("there is no command '{}'{}\n'brickgrad --help' lists them",
                                        arguments[0],
                                        tools::language::suggestion(arguments[0], names)));
    tools::protect_minus(*command, arguments);
  } else if (!arguments.empty()) {
    check_first_option(*app, arguments[0]);
  }
  std::reverse(arguments.begin(), arguments.end());
  try {
    app->parse(std::move(arguments));
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app->exit(e);
    const std::string name = command ? " " + command->get_name() : "";
    tools::print_error(
        fmt::format("brickgrad{0}: {1}{2}\n'brickgrad{0} --help' explains what it takes.\n", name,
                    e.what(), command ? option_hint(*command) : ""));
    return tools::wrong_use;
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  tools::open_standard_files();
  try {
    const int code = run(argc, argv);
    // A full disk or a closed pipe is no success, whether this flush meets it or an earlier one
    // did.
    const bool lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
    if (lost && code == tools::success) {
      tools::print_error("brickgrad: the output could not be written\n");
      return tools::failure;
    }
    return code;
  } catch (const tools::WrongUse& e) {
    return complain(e, tools::wrong_use);
  } catch (const tools::language::SyntaxError& e) {
    return complain(e, tools::wrong_use);
  } catch (const std::system_error& e) {
    // fmt throws when standard output does not take a long text.
    if (!std::ferror(stdout)) return complain(e, tools::failure);
    tools::print_error("brickgrad: the output could not be written\n");
    return tools::failure;
  } catch (const std::exception& e) { return complain(e, tools::failure); }
}
