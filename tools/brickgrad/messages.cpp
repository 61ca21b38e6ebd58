#include "messages.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cstdio>

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

void print_error(const std::string& text) { std::fputs(text.c_str(), stderr); }

void open_standard_files() {
  // The lowest number that is free is the one that is missing. What cannot be written to tells so.
  for (const int file : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(file, F_GETFD) < 0)
      ::open("/dev/null", file == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace tools
