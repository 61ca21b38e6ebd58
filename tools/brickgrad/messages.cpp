#include "messages.hpp"

#include <string_view>

namespace tools {
namespace {

/// The structs whose members are options of the program, of the same name.
constexpr std::string_view structs[] = {"DotOptions::", "PageOptions::"};

}  // namespace

std::string in_words_of_options(std::string message) {
  for (const std::string_view name : structs)
    for (std::size_t at; (at = message.find(name)) != std::string::npos;)
      message.replace(at, name.size(), "--");
  return message;
}

}  // namespace tools
