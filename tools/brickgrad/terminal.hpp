// What the place where output goes can show: colours, characters beyond ASCII, how many columns.
// Everything degrades to plain lines: NO_COLOR, TERM=dumb, a pipe and a plain locale are respected.
//   const Terminal out = terminal(stdout);
//   fmt::print("{}\n", out.styled(Style::green, "all well"));
//   const int bar = std::min(30, out.width - 40);
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace tools {

enum class Style { bold, dim, red, green, yellow, blue, magenta, cyan };

struct Terminal {
  /// A person looks at it: lines may be drawn over.
  bool interactive = false;
  bool color = false;
  /// Block and braille characters and arrows come out right.
  bool utf8 = false;
  int width = 80;

  /// The text between the codes of the style, or as it is without colours.
  std::string styled(Style style, std::string_view text) const;
};

/// What the stream can show. Colours need a terminal, or CLICOLOR_FORCE in the environment, and
/// NO_COLOR (not empty) or TERM=dumb turn them off; UTF-8 is what LC_ALL, LC_CTYPE or LANG say; the
/// width is the terminal's, else COLUMNS, else 80.
Terminal terminal(std::FILE* stream);

/// How many columns the text takes: characters of UTF-8, wide ones twice, combining ones not.
int display_width(std::string_view text);

}  // namespace tools
