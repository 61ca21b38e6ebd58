#include <fmt/format.h>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/markup.hpp>
#include <cmath>

namespace brickgrad::internal {

std::string Markup::font(double size, const char* color, std::string_view text) {
  return fmt::format(R"(<FONT POINT-SIZE="{}" COLOR="{}">{}</FONT>)", size, color, text);
}

std::string Markup::number(double x) const {
  const std::string text = short_number(x);
  return x - x == 0 ? text : fmt::format(R"(<FONT COLOR="{}"><B>{}</B></FONT>)", colors.bad, text);
}

std::string Markup::summary(const Summary& s) const {
  if (s.count == 0) return faint("no elements");
  if (s.nans + s.infinities == s.count) return number(s.nans > 0 ? NAN : INFINITY);
  if (s.finite() && s.smallest == s.largest) return faint("all ") + short_number(s.smallest);
  const auto line = [&](const char* what, const std::string& numbers) {
    return fmt::format(R"(<TR><TD ALIGN="LEFT">{} </TD><TD ALIGN="RIGHT">{}</TD></TR>)",
                       faint(what), numbers);
  };
  return inner_table + line("range", short_number(s.smallest) + " … " + short_number(s.largest)) +
         line("mean", short_number(s.mean)) + "</TABLE>";
}

std::string Markup::title(const char* color, std::string_view name, std::string_view side) const {
  return fmt::format(R"({}<TR><TD ALIGN="LEFT">{}</TD><TD ALIGN="RIGHT">{}</TD></TR></TABLE>)",
                     inner_table, font(13, color, "<B>" + html_escaped(name) + "</B>"),
                     side.empty() ? "" : "  " + font(11, colors.faint, html_escaped(side)));
}

}  // namespace brickgrad::internal
