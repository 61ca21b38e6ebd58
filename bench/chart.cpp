#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "report.hpp"

namespace bench {

namespace {

constexpr int label_width = 360, plot_width = 440, number_width = 140, top = 74, line = 24;
constexpr int width = label_width + plot_width + number_width;
constexpr auto ink = "#1F2933", faint = "#66727F", rule = "#D5DBE1", met = "#0068A8",
               missed = "#C46A00";

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text)
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else
      out += c;
  return out;
}

/// A logarithmic axis between powers of two.
struct Axis {
  int lowest = -1, highest = 2;
  explicit Axis(const std::vector<Measurement>& all) {
    for (const Measurement& m : all) {
      while (std::max(m.ratio.median, m.target_ratio) > std::exp2(highest) && highest < 10)
        ++highest;
      while (m.ratio.median < std::exp2(lowest) && lowest > -6) --lowest;
    }
  }
  double operator()(double ratio) const {
    const double place = std::clamp<double>(std::log2(ratio), lowest, highest) - lowest;
    return label_width + plot_width * place / (highest - lowest);
  }
};

std::string grid(const Axis& axis, int bottom) {
  std::string out;
  for (int k = axis.lowest; k <= axis.highest; ++k)
    out += fmt::format(
        "<path d=\"M{0:.1f} {1}V{2}\" stroke=\"{3}\"{4}/>"
        "<text x=\"{0:.1f}\" y=\"{5}\" text-anchor=\"middle\" fill=\"{6}\">{7:g}×</text>\n",
        axis(std::exp2(k)), top - 8, bottom, k == 0 ? ink : rule,
        k == 0 ? " stroke-width=\"1.5\"" : "", top - 14, faint, std::exp2(k));
  return out;
}

std::string bar(const Measurement& m, const Axis& axis, int y) {
  const double one = axis(1), end = axis(m.ratio.median), target = axis(m.target_ratio);
  const auto colour = m.met() ? met : missed;
  const bool of_time = m.target_time > 0;
  return fmt::format(
      "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>"
      "<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\"/>"
      "<path d=\"M{:.1f} {}v{}\" stroke=\"{}\" stroke-width=\"3\"/>"
      "<text x=\"{}\" y=\"{}\" fill=\"{}\"><tspan font-weight=\"bold\">{}</tspan> of {}</text>\n",
      label_width - 10, y + 15, escaped(m.title), std::min(one, end), y + 4,
      std::max(1.5, std::abs(end - one)), line - 8, colour, target, y + 1, line - 2, ink,
      label_width + plot_width + 10, y + 15, colour,
      of_time ? time_text(m.ours.median) : ratio_text(m.ratio.median) + "×",
      of_time ? time_text(m.target_time) : ratio_text(m.target_ratio));
}

}  // namespace

std::string to_svg(const std::vector<Measurement>& all) {
  const Axis axis(all);
  const int threads = all.empty() ? 1 : all.front().threads;
  const int bottom = top + line * static_cast<int>(all.size()) + 4, height = bottom + 14;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\" aria-labelledby=\"title\" font-family=\"DejaVu Sans, Verdana, "
      "Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"{2}\">\n"
      "<title id=\"title\">Time of Brickgrad divided by the time of the hand-written "
      "limit</title>\n"
      // A ground of its own, so that it reads on dark pages too.
      "<rect x=\"0.5\" y=\"0.5\" width=\"{3}\" height=\"{4}\" rx=\"6\" fill=\"#FFFFFF\" "
      "stroke=\"{5}\"/>\n"
      "<text x=\"16\" y=\"26\" font-size=\"15\" font-weight=\"bold\">Brickgrad against code "
      "written "
      "by hand</text>\n"
      "<text x=\"16\" y=\"44\" fill=\"{6}\">time on {7} divided by that of the limit; the black "
      "mark is the target</text>\n",
      width, height, ink, width - 1, height - 1, rule, faint,
      threads > 1 ? fmt::format("{} threads", threads) : "one thread");
  out += grid(axis, bottom);
  for (std::size_t i = 0; i < all.size(); ++i)
    out += bar(all[i], axis, top + line * static_cast<int>(i));
  return out + "</svg>\n";
}

}  // namespace bench
