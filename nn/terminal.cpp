#include <sys/ioctl.h>
#include <unistd.h>
#include <charconv>
#include <cstdlib>
#include <nn/terminal.hpp>
#include <string>
#include <string_view>

namespace brickgrad::nn {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// The first of the three that is set and not empty decides, as in setlocale().
bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value(environment(name));
    if (value.empty()) continue;
    for (char& c : value)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return value.find("utf-8") != value.npos || value.find("utf8") != value.npos;
  }
  return false;
}

int width_of(int file) {
  winsize size{};
  if (ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const std::string_view columns = environment("COLUMNS");
  int width = 0;
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  return width >= 20 && width <= 10'000 ? width : 80;
}

}  // namespace

Terminal terminal_of(std::FILE* stream) {
  const int file = fileno(stream);
  const bool live = isatty(file) != 0 && environment("TERM") != "dumb";
  const std::string_view forced = environment("CLICOLOR_FORCE");
  return {.live = live,
          .color = (live || (!forced.empty() && forced != "0")) && environment("NO_COLOR").empty(),
          .unicode = locale_is_utf8(),
          .width = width_of(file)};
}

}  // namespace brickgrad::nn
