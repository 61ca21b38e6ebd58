#include "source.hpp"

#include <algorithm>

#include "utf8.hpp"

namespace tools::language {
namespace {

// Of a longer line the surroundings of the place are shown.
constexpr std::size_t longest_line = 100, shown_before = 50;

/// As it can be printed in a line: blanks for control characters, a question mark for bytes that
/// are no character.
std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    if (!c.valid)
      out += '?';
    else if (c.code < 0x20 || (c.code >= 0x7F && c.code < 0xA0))
      out += ' ';
    else
      out += text.substr(at, static_cast<std::size_t>(c.bytes));
    at += static_cast<std::size_t>(c.bytes);
  }
  return out;
}

/// The start of the character that `at` lies in.
std::size_t aligned(std::string_view text, std::size_t at) {
  for (int i = 0; i < 3 && at > 0 && at < text.size(); ++i, --at)
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) break;
  return at;
}

std::size_t characters(std::string_view text) {
  std::size_t n = 0;
  for (std::size_t at = 0; at < text.size(); ++n)
    at += static_cast<std::size_t>(character_at(text, at).bytes);
  return n;
}

}  // namespace

Source::Source(std::string text, std::string where)
    : text_(std::move(text)), where_(std::move(where)) {
  constexpr std::size_t most = std::size_t{1} << 30;
  if (text_.size() > most)
    brickgrad::fail("an expression may have up to 1 GB, this one has {} bytes", text_.size());
}

std::string Source::pointed(Span at, std::string_view message) const {
  const std::string_view text = text_;
  const std::size_t offset = std::min<std::size_t>(at.offset, text.size());
  const std::size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t end = std::min(text.find('\n', offset), text.size());
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(start), '\n');
  const std::size_t column = 1 + characters(text.substr(start, offset - start));

  std::size_t from = start, to = end;
  if (end - start > longest_line) {
    from = aligned(text, std::max(start, offset - std::min(offset, shown_before)));
    to = aligned(text, std::min(end, from + longest_line));
  }
  const std::string left =
      (from > start ? "..." : "") + printable(text.substr(from, offset - from));
  const std::size_t marked = std::min<std::size_t>(at.length, to - offset);
  const std::string middle = printable(text.substr(offset, marked));
  const std::string right =
      printable(text.substr(offset + marked, to - offset - marked)) + (to < end ? "..." : "");
  const int width = std::max(1, display_width(middle));
  return fmt::format("{}{}{}:{}: {}\n  {}{}{}\n  {:{}}^{:~<{}}", where_, where_.empty() ? "" : ":",
                     line, column, message, left, middle, right, "", display_width(left), "",
                     width - 1);
}

void Source::fail(Span at, std::string_view message, bool incomplete) const {
  throw SyntaxError(pointed(at, message), incomplete);
}

}  // namespace tools::language
