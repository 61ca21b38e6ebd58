// The commands and options as data, read from the parser: what the manual page and the completion
// of shells are made from.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace tools {

struct OptionFacts {
  std::vector<std::string> names;  // with their dashes; one without for a positional argument
  std::string help;
  std::string value;                 // what it takes, such as FILE; empty for a flag
  std::string default_text;          // what stands when it is not given
  std::vector<std::string> choices;  // the only values it takes, if there are such
  bool positional = false;

  bool takes_file() const { return value == "FILE" || value == "DIR"; }
};

struct CommandFacts {
  std::string name, summary, examples;
  std::vector<OptionFacts> options;
};

std::vector<OptionFacts> options_of(const CLI::App& parser);
std::vector<CommandFacts> commands_of(const CLI::App& parser);

}  // namespace tools
