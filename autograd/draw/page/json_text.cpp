#include <fmt/format.h>
#include <autograd/draw/page/json_text.hpp>
#include <cmath>

namespace brickgrad::internal {
namespace {

/// A less-than sign could end the script element around the text.
std::string quoted_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (c == '<' || static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + '"';
}

}  // namespace

void JsonText::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

JsonText& JsonText::open(char bracket) {
  separate();
  out_ += bracket;
  first_ = true;
  return *this;
}

JsonText& JsonText::close(char bracket) {
  out_ += bracket;
  first_ = false;
  return *this;
}

JsonText& JsonText::key(std::string_view name) {
  separate();
  out_ += quoted_text(name) + ':';
  first_ = true;
  return *this;
}

JsonText& JsonText::text(std::string_view text) {
  separate();
  out_ += quoted_text(text);
  return *this;
}

JsonText& JsonText::number(double x) {
  if (std::isnan(x)) return text("NaN");
  if (std::isinf(x)) return text(x > 0 ? "Infinity" : "-Infinity");
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", x);
  return *this;
}

JsonText& JsonText::integer(std::int64_t x) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", x);
  return *this;
}

JsonText& JsonText::boolean(bool x) {
  separate();
  out_ += x ? "true" : "false";
  return *this;
}

JsonText& JsonText::null() {
  separate();
  out_ += "null";
  return *this;
}

}  // namespace brickgrad::internal
