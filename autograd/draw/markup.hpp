// Pieces of HTML-like labels, in the colours of a theme.
#pragma once

#include <autograd/draw/numbers.hpp>
#include <autograd/draw/palette.hpp>
#include <string>
#include <string_view>

namespace brickgrad::internal {

class Markup {
 public:
  explicit Markup(Theme theme) : Markup(palette_of(theme)) {}
  /// The palette must outlive it.
  explicit Markup(const Palette& palette) : colors(palette) {}
  const Palette& colors;

  /// Of text that is escaped already.
  static std::string font(double size, const char* color, std::string_view text);
  std::string faint(std::string_view text) const { return font(9, colors.faint, text); }
  /// Six digits; bad ones stand out.
  std::string number(double x) const;
  /// Range and mean, or what all elements are.
  std::string summary(const Summary& s) const;
  /// A name in bold, and what it is in small letters at the right end.
  std::string title(const char* color, std::string_view name, std::string_view side) const;
};

/// Opens a table whose cells touch.
inline constexpr auto inner_table =
    R"(<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">)";

}  // namespace brickgrad::internal
