#include "lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "utf8.hpp"

namespace tools::language {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Longer ones first.
constexpr std::array<std::string_view, 20> signs{"**", "<=", ">=", "==", "!=", "+", "-",
                                                 "*",  "/",  "^",  "@",  "<",  ">", "=",
                                                 "(",  ")",  "[",  "]",  ",",  ":"};

/// What to write instead of a sign from elsewhere; empty for all others.
std::string_view instead(char32_t code) {
  switch (code) {
    case 0x2212:
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014: return "-";
    case 0xD7:
    case 0xB7:
    case 0x22C5:
    case 0x2217: return "*";
    case 0xF7:
    case 0x2215: return "/";
    case 0x2264: return "<=";
    case 0x2265: return ">=";
    case 0x2260: return "!=";
    case 0x221A: return "sqrt(...)";
    case 0x221E: return "inf";
    case '{': return "[ or (";
    case '}': return "] or )";
    case '&': return "a product of masks, (a < b) * (c < d)";
    case '|': return "abs(x), or maximum(a < b, c < d) for or";
    case '!': return "1 - (a < b)";
    case '%': return "a - b * ... (there is no remainder)";
    default: return "";
  }
}

/// The character of a superscript, or 0.
char raised(char32_t code) {
  switch (code) {
    case 0xB9: return '1';
    case 0xB2: return '2';
    case 0xB3: return '3';
    case 0x207A: return '+';
    case 0x207B: return '-';
    case 0x207F: return 'n';
    default:
      return code == 0x2070 || (code >= 0x2074 && code <= 0x2079)
                 ? static_cast<char>('0' + (code - 0x2070))
                 : '\0';
  }
}

}  // namespace

std::string describe(const Token& t) {
  if (t.kind == TokenKind::end) return "the end";
  if (t.is_line_end()) return "the end of the line";
  return fmt::format("'{}'", shortened(t.text));
}

void Lexer::skip_blanks() {
  const std::string& s = source_.text();
  for (; at_ < s.size(); ++at_) {
    if (s[at_] == '#') {
      at_ = std::min(s.find('\n', at_), s.size());
      if (at_ == s.size()) return;
    }
    if (s[at_] != ' ' && s[at_] != '\t' && s[at_] != '\r') return;
  }
}

Token Lexer::read() {
  skip_blanks();
  const std::string& s = source_.text();
  const auto token = [&](TokenKind kind, std::size_t length) {
    Token t{kind,
            {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(length)},
            std::string_view(s).substr(at_, length)};
    at_ += length;
    return t;
  };
  if (at_ >= s.size()) return token(TokenKind::end, 0);
  const char c = s[at_];
  if (c == ';' || c == '\n') return token(TokenKind::separator, 1);
  if (is_digit(c) || (c == '.' && at_ + 1 < s.size() && is_digit(s[at_ + 1]))) return read_number();
  for (const std::string_view sign : signs)
    if (s.compare(at_, sign.size(), sign) == 0) return token(TokenKind::sign, sign.size());
  std::size_t end = at_;
  while (end < s.size()) {
    const Character next = character_at(s, end);
    if (!next.valid || !is_letter(next.code)) break;
    end += static_cast<std::size_t>(next.bytes);
  }
  if (end == at_) refuse();
  return token(TokenKind::name, end - at_);
}

Token Lexer::read_number() {
  const std::string& s = source_.text();
  Token t;
  t.kind = TokenKind::number;
  const auto [end, error] = std::from_chars(s.data() + at_, s.data() + s.size(), t.number);
  std::size_t length = static_cast<std::size_t>(end - s.data()) - at_;
  t.at = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(length)};
  t.text = std::string_view(s).substr(at_, length);
  // from_chars does not tell too large from too small.
  if (error == std::errc::result_out_of_range) {
    t.number = std::strtod(std::string(t.text).c_str(), nullptr);
    if (std::isinf(t.number))
      source_.fail(t.at, "this number is too large for 64 bits; infinity is written inf");
  }
  at_ += length;
  if (at_ < s.size()) {
    const Character next = character_at(s, at_);
    if (next.valid && (next.code == '.' || is_letter(next.code))) {
      while (at_ < s.size() && (s[at_] == '.' || is_letter(character_at(s, at_).code))) {
        at_ += static_cast<std::size_t>(character_at(s, at_).bytes);
        ++length;
      }
      const Span all{t.at.offset, static_cast<std::uint32_t>(at_ - t.at.offset)};
      const char after = static_cast<char>(next.code);
      if (after == '.' || after == 'e' || after == 'E' || is_digit(after))
        source_.fail(all, "this is no number; write numbers as 12, 0.5 or 1e-3");
      source_.fail(all, "a number runs into a name; a product is written with *, as in 2*x");
    }
  }
  return t;
}

void Lexer::refuse() {
  const Character c = character_at(source_.text(), at_);
  const Span at{static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(c.bytes)};
  if (!c.valid) source_.fail(at, fmt::format("byte 0x{:02X} is no UTF-8 text", unsigned(c.code)));
  if (c.code < 0x20 || c.code == 0x7F)
    source_.fail(at, fmt::format("control character 0x{:02X} in the expression", unsigned(c.code)));
  if (raised(c.code)) {
    std::string power;
    std::size_t end = at_;
    for (; end < source_.text().size();
         end += static_cast<std::size_t>(character_at(source_.text(), end).bytes)) {
      const char next = raised(character_at(source_.text(), end).code);
      if (!next) break;
      power += next;
    }
    const Span all{at.offset, static_cast<std::uint32_t>(end - at_)};
    source_.fail(all, fmt::format("a power is written with ^, here ^{}", power));
  }
  const std::string_view other = instead(c.code);
  const std::string sign = c.code < 0x80 ? fmt::format("'{}'", source_.part(at))
                                         : fmt::format("'{}' (U+{:04X})", source_.part(at),
                                                       static_cast<unsigned>(c.code));
  source_.fail(at, other.empty() ? fmt::format("{} has no meaning here", sign)
                                 : fmt::format("{} has no meaning here; write {}", sign, other));
}

}  // namespace tools::language
