#include "terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <charconv>
#include <cstdlib>

#include "language/utf8.hpp"

namespace tools {
namespace {

std::string_view variable(const char* name) {
  const char* text = std::getenv(name);
  return text ? text : "";
}

bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view locale = variable(name);
    if (locale.empty()) continue;
    for (const char* spelling : {"UTF-8", "utf-8", "UTF8", "utf8"})
      if (locale.find(spelling) != std::string_view::npos) return true;
    return false;
  }
  return false;
}

int columns(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const std::string_view text = variable("COLUMNS");
  int n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n >= 20 && n <= 10000 ? n : 80;
}

int code(Style style) {
  switch (style) {
    case Style::bold: return 1;
    case Style::dim: return 2;
    case Style::red: return 31;
    case Style::green: return 32;
    case Style::yellow: return 33;
    case Style::blue: return 34;
    case Style::magenta: return 35;
    case Style::cyan: return 36;
  }
  return 0;
}

}  // namespace

std::string Terminal::styled(Style style, std::string_view text) const {
  if (!color) return std::string(text);
  return fmt::format("\033[{}m{}\033[0m", code(style), text);
}

Terminal terminal(std::FILE* stream) {
  const int descriptor = fileno(stream);
  const bool dumb = variable("TERM") == "dumb";
  const std::string_view forced = variable("CLICOLOR_FORCE");
  Terminal t;
  t.interactive = isatty(descriptor) == 1 && !dumb;
  t.color = (t.interactive || (!forced.empty() && forced != "0")) && variable("NO_COLOR").empty();
  t.utf8 = locale_is_utf8();
  t.width = columns(descriptor);
  return t;
}

int display_width(std::string_view text) { return language::display_width(text); }

}  // namespace tools
