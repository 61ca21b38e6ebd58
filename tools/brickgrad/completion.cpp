// brickgrad completion: what the shells need to complete command lines, made from the parser.
#include <fmt/format.h>

#include "command.hpp"
#include "command_tree.hpp"
#include "language/function.hpp"

namespace tools {
namespace {

/// What may stand where no option does: the choices that the parser knows, and for the parser's
/// free texts those that mean something.
std::vector<std::string> arguments_of(const CommandFacts& c) {
  if (c.name == "ops") return language::function_names();
  if (c.name == "graph") return {"xor", "tutorial"};
  std::vector<std::string> words;
  for (const OptionFacts& o : c.options)
    if (o.positional) words.insert(words.end(), o.choices.begin(), o.choices.end());
  return words;
}

std::vector<std::string> names_of(const CommandFacts& c) {
  std::vector<std::string> words = arguments_of(c);
  for (const OptionFacts& o : c.options)
    if (!o.positional) words.insert(words.end(), o.names.begin(), o.names.end());
  return words;
}

std::string bash(const std::vector<CommandFacts>& commands) {
  std::string names, values, words;
  for (const CommandFacts& c : commands) {
    names += c.name + " ";
    words += fmt::format("    {}) words='{}' ;;\n", c.name, fmt::join(names_of(c), " "));
    for (const OptionFacts& o : c.options) {
      if (o.positional || o.value.empty()) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : o.names) patterns.push_back(c.name + ":" + name);
      const std::string action = !o.choices.empty()
                                     ? fmt::format("-W '{}'", fmt::join(o.choices, " "))
                                 : o.takes_file() ? "-f"
                                                  : "";
      values += fmt::format(
          "    {}) {}return ;;\n", fmt::join(patterns, "|"),
          action.empty() ? "" : fmt::format("COMPREPLY=($(compgen {} -- \"$cur\")); ", action));
    }
  }
  return fmt::format(R"(# Completion of brickgrad for bash.
_brickgrad() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} words
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '{}--help --version' -- "$cur"))
    return
  fi
  case ${{COMP_WORDS[1]}}:$prev in
{}  esac
  case ${{COMP_WORDS[1]}} in
{}    *) return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o bashdefault -o default -F _brickgrad brickgrad
)",
                     names, values, words);
}

/// Text between single quotes, where `special` characters need a backslash.
std::string quoted(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string zsh(const std::vector<CommandFacts>& commands) {
  std::string names, cases;
  for (const CommandFacts& c : commands) {
    names += fmt::format("    '{}:{}'\n", c.name, quoted(c.summary, ":"));
    cases += fmt::format("    {})\n      _arguments", c.name);
    for (const OptionFacts& o : c.options) {
      const std::string action = !o.choices.empty() ? fmt::format("({})", fmt::join(o.choices, " "))
                                 : o.takes_file()   ? "_files"
                                                    : " ";
      if (o.positional) continue;
      for (const std::string& name : o.names)
        cases += fmt::format(" \\\n        '{}[{}]{}'", name, quoted(o.help, "[]:"),
                             o.value.empty() ? "" : fmt::format(":{}:{}", o.value, action));
    }
    const std::vector<std::string> arguments = arguments_of(c);
    cases += arguments.empty()
                 ? " \\\n        '*:argument:_files'"
                 : fmt::format(" \\\n        '*:argument:({})'", fmt::join(arguments, " "));
    cases += " ;;\n";
  }
  return fmt::format(R"(#compdef brickgrad
_brickgrad() {{
  local -a commands=(
{}  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
{}  esac
}}
_brickgrad "$@"
)",
                     names, cases);
}

std::string fish(const std::vector<CommandFacts>& commands) {
  std::string out =
      "# Completion of brickgrad for fish.\n"
      "complete -c brickgrad -n __fish_use_subcommand -l help -d 'Print the help'\n"
      "complete -c brickgrad -n __fish_use_subcommand -l version -d 'Print the version'\n";
  for (const CommandFacts& c : commands) {
    out += fmt::format("complete -c brickgrad -f -n __fish_use_subcommand -a {} -d '{}'\n", c.name,
                       quoted(c.summary, "\\"));
    const std::string line =
        fmt::format("complete -c brickgrad -n '__fish_seen_subcommand_from {}'", c.name);
    for (const OptionFacts& o : c.options) {
      if (o.positional) continue;
      out += line;
      for (const std::string& name : o.names)
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!o.value.empty()) out += o.takes_file() ? " -r -F" : " -x";
      if (!o.choices.empty()) out += fmt::format(" -a '{}'", fmt::join(o.choices, " "));
      out += fmt::format(" -d '{}'\n", quoted(o.help, "\\"));
    }
    if (const std::vector<std::string> words = arguments_of(c); !words.empty())
      out += fmt::format("{} -f -a '{}'\n", line, fmt::join(words, " "));
  }
  return out;
}

}  // namespace

Action add_completion(CLI::App& parser) {
  auto shell = std::make_shared<std::string>();
  parser.add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  return [shell] {
    Action none;
    const auto app = make_parser(none);
    const auto tree = commands_of(*app);
    fmt::print("{}", *shell == "bash" ? bash(tree) : *shell == "zsh" ? zsh(tree) : fish(tree));
    return success;
  };
}

}  // namespace tools
