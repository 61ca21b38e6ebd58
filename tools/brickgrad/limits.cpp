#include "limits.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

namespace tools {
namespace {

/// The number that is the whole text, or nothing.
template <class T>
std::optional<T> number_in(std::string_view text) {
  // Before a minus sign stands a blank: see protect_minus().
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  T number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

template <class T, class Fits>
CLI::Validator limited(std::string kind, std::string limits, Fits fits) {
  const std::string expected = fmt::format("{} {}", kind, limits);
  return {[=](std::string& text) {
            const std::optional<T> number = number_in<T>(text);
            if (number && fits(*number)) return std::string();
            const auto start = std::min(text.find_first_not_of(' '), text.size());
            return fmt::format("expected {}, not '{}'", expected, text.substr(start));
          },
          limits};
}

}  // namespace

CLI::Validator whole_number(std::uint64_t low, std::uint64_t high) {
  const bool open = high == std::numeric_limits<std::uint64_t>::max();
  return limited<std::uint64_t>(
      "a whole number",
      open ? fmt::format("from {}", low) : fmt::format("from {} to {}", low, high),
      [=](std::uint64_t x) { return x >= low && x <= high; });
}

CLI::Validator number_from(double low, double high) {
  return limited<double>(
      "a number",
      std::isinf(high) ? fmt::format("from {}", low) : fmt::format("from {} to {}", low, high),
      [=](double x) { return std::isfinite(x) && x >= low && x <= high; });
}

CLI::Validator number_above(double low) {
  return limited<double>("a number", fmt::format("above {}", low),
                         [=](double x) { return std::isfinite(x) && x > low; });
}

CLI::Validator file_name_or_dash() {
  return {[](std::string& text) {
            return text.empty() ? std::string("expected the name of a file, not ''")
                                : std::string();
          },
          ""};
}

CLI::Validator file_name() {
  return {[](std::string& text) {
            return text.empty() || text == "-"
                       ? fmt::format("expected the name of a file, not '{}'", text)
                       : std::string();
          },
          ""};
}

}  // namespace tools
