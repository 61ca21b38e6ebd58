#include "messages.hpp"

#include <string_view>
#include <utility>

namespace tools {
namespace {

// Longer ones before their parts.
constexpr std::pair<std::string_view, std::string_view> translations[] = {
    {"DotOptions::force draws every one, max_nodes = ",
     "--force draws every one (folding begins at "},
    {" is where folding begins", ")"},
    {"fold more (DotOptions::depth, no force)", "fold more (--depth, no --force)"},
    {"DotOptions::timeout", "--timeout"},
    {"PageOptions::timeout", "--timeout"},
    {"more than DotOptions::max_nodes = ", "more than "},
    {"more than PageOptions::max_nodes = ", "more than "},
    {"raise max_nodes, or set force", "or give it --force"},
    {"raise max_nodes (", "give it --force ("},
    {"pass {.header = false} when there are none",
     "give the file a first line such as x1,x2,class"},
};

}  // namespace

std::string in_words_of_options(std::string message) {
  for (const auto& [from, to] : translations)
    if (const auto at = message.find(from); at != std::string::npos)
      message.replace(at, from.size(), to);
  return message;
}

}  // namespace tools
