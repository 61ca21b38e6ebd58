#include <fmt/format.h>
#include <autograd/draw/label_text.hpp>
#include <cstdint>
#include <vector>

namespace brickgrad::internal {
namespace {

struct Decoded {
  char32_t character;
  std::size_t bytes;
};

constexpr char32_t replacement = 0xFFFD;

/// The character at the start of the text; `replacement` of one byte where it is no UTF-8.
Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t count = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < count) return {replacement, 1};
  char32_t c = lead & (0x7Fu >> count);
  for (std::size_t i = 1; i < count; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {replacement, 1};
    c = c << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = c >= 0xD800 && c < 0xE000;
  if (c < smallest[count] || c > 0x10FFFF || surrogate) return {replacement, 1};
  return {c, count};
}

/// What XML forbids, and what would turn the rest of the label around.
bool unprintable(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool direction = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  const bool separator = c == 0x2028 || c == 0x2029;
  const bool no_character = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c < 0xFDF0) || c == 0xFEFF;
  return control || direction || separator || no_character;
}

std::string shown(char32_t c, std::string_view bytes) {
  if (c == replacement) return "\uFFFD";
  if (!unprintable(c)) return std::string(bytes);
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  const auto code = static_cast<std::uint32_t>(c);
  return c < 0x100 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
}

std::string joined(const std::vector<std::string>& parts, std::size_t from, std::size_t to) {
  std::string out;
  for (std::size_t i = from; i < to; ++i) out += parts[i];
  return out;
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_characters) {
  std::vector<std::string> characters;
  while (!text.empty()) {
    const Decoded d = decode(text);
    characters.push_back(shown(d.character, text.substr(0, d.bytes)));
    text.remove_prefix(d.bytes);
  }
  const std::size_t count = characters.size();
  if (count <= max_characters) return joined(characters, 0, count);
  const std::size_t head = max_characters * 2 / 3, tail = max_characters - head - 1;
  return joined(characters, 0, head) + "…" + joined(characters, count - tail, count);
}

namespace {

/// Markup as entities; a backslash as told, since Graphviz reads \N, \G and the like everywhere.
std::string escaped(std::string_view text, const char* backslash) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\\': out += backslash; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

std::string html_escaped(std::string_view text) { return escaped(text, "\\\\"); }
std::string xml_escaped(std::string_view text) { return escaped(text, "\\"); }
std::string quoted(std::string_view text) { return escaped(text, "\\\\"); }
// Backslashes are read twice in a tooltip, entities never.
std::string tooltip_escaped(std::string_view text) { return escaped(text, "&#92;"); }

}  // namespace brickgrad::internal
