// What a stream can show: whether it is a terminal whose lines can be renewed, its colours, its
// characters and its width.
//   const nn::Terminal terminal = nn::terminal_of(stdout);
//   fmt::print("{}", nn::sparkline(losses, terminal.width, terminal.unicode));
#pragma once

#include <cstdio>

namespace brickgrad::nn {

struct Terminal {
  /// A line can be renewed in place: a terminal, and TERM is not "dumb".
  bool live = false;
  /// The same, or CLICOLOR_FORCE in the environment; and NO_COLOR is not (no-color.org).
  bool color = false;
  /// The locale's characters are UTF-8, by LC_ALL, LC_CTYPE or LANG.
  bool unicode = false;
  /// Characters in a line: what the terminal says, else COLUMNS, else 80.
  int width = 80;
};

Terminal terminal_of(std::FILE* stream);

}  // namespace brickgrad::nn
