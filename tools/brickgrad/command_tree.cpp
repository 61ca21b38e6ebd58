#include "command_tree.hpp"

#include <algorithm>

#include "command.hpp"

namespace tools {
namespace {

/// The names in a type such as "TYPE:{float64,float32}", which a check of the parser adds.
std::vector<std::string> choices_in(const std::string& type) {
  std::vector<std::string> out;
  const auto open = type.find('{'), close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return out;
  for (std::size_t at = open + 1; at <= close;) {
    const std::size_t end = std::min(type.find(',', at), close);
    out.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

std::vector<OptionFacts> options_of(const CLI::App& parser) {
  std::vector<OptionFacts> out;
  for (const CLI::Option* o : parser.get_options()) {
    OptionFacts facts;
    facts.help = o->get_description();
    facts.default_text = o->get_default_str();
    if (o->nonpositional()) {
      for (const std::string& name : o->get_snames()) facts.names.push_back("-" + name);
      for (const std::string& name : o->get_lnames()) facts.names.push_back("--" + name);
      if (o->get_type_size() > 0) {
        const std::string type = o->get_type_name();
        facts.choices = choices_in(type);
        facts.value = type.substr(0, std::min(type.find(':'), type.find(' ')));
      }
    } else {
      facts.positional = true;
      facts.names.push_back(o->get_name(true));
      facts.choices = choices_in(o->get_type_name());
    }
    out.push_back(std::move(facts));
  }
  return out;
}

std::vector<CommandFacts> commands_of(const CLI::App& parser) {
  std::vector<CommandFacts> out;
  for (const Command& c : commands())
    out.push_back({c.name, c.summary, c.examples, options_of(*parser.get_subcommand(c.name))});
  return out;
}

}  // namespace tools
