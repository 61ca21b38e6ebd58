#include "report.hpp"

#include <algorithm>

#include "terminal.hpp"

namespace tools {

using namespace brickgrad;

std::string to_text(const Tensor& t, int precision) {
  if (t.rank() == 0) {
    constexpr int digits_of_float32 = 9;
    return format_number(t.item(),
                         t.dtype() == float32 ? std::min(precision, digits_of_float32) : precision);
  }
  if (t.numel() == 0) return fmt::format("[] of shape {}", t.shape());
  return to_string(t, {.precision = precision});
}

std::string labelled(std::string_view label, const Tensor& t, int precision) {
  return fmt::format("{} ={}{}\n", label, t.rank() < 2 ? " " : "\n", to_text(t, precision));
}

std::string to_text(const Hessian& h, int precision) {
  constexpr std::size_t largest_table = 12;
  const std::size_t n = h.labels.size();
  if (n > largest_table) return to_string(h.matrix, {.precision = precision}) + "\n";
  std::vector<std::string> cells;
  std::size_t label_width = 0, width = 0;
  for (const double x : h.matrix.to_vector()) cells.push_back(format_number(x, precision));
  for (const std::string& s : cells) width = std::max(width, s.size());
  for (const std::string& s : h.labels)
    label_width = std::max(label_width, static_cast<std::size_t>(display_width(s)));
  width = std::max(width, label_width);
  const auto padding = [](const std::string& s, std::size_t to) {
    return std::string(to - static_cast<std::size_t>(display_width(s)), ' ');
  };
  std::string out(label_width, ' ');
  for (const std::string& s : h.labels) out += "  " + padding(s, width) + s;
  out += '\n';
  for (std::size_t i = 0; i < n; ++i) {
    out += h.labels[i] + padding(h.labels[i], label_width);
    for (std::size_t j = 0; j < n; ++j)
      out += "  " + padding(cells[i * n + j], width) + cells[i * n + j];
    out += '\n';
  }
  return out;
}

}  // namespace tools
