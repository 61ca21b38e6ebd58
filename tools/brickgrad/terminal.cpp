#include "terminal.hpp"

#include <fmt/format.h>
#include <nn/terminal.hpp>

#include "language/utf8.hpp"

namespace tools {
namespace {

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
  const brickgrad::nn::Terminal found = brickgrad::nn::terminal_of(stream);
  Terminal t;
  t.interactive = found.live;
  t.color = found.color;
  t.utf8 = found.unicode;
  t.width = found.width;
  return t;
}

int display_width(std::string_view text) { return language::display_width(text); }

}  // namespace tools
