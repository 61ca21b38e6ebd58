// Characters of UTF-8: what the next one is, and how many columns it takes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tools::language {

struct Character {
  char32_t code = 0;
  int bytes = 1;
  /// False where the bytes are no character; then one of them is skipped.
  bool valid = true;
};

/// The character that starts at `at`, which is inside the text.
Character character_at(std::string_view text, std::size_t at);

/// 0 for combining and control characters, 2 for wide ones (CJK, emoji), else 1. Bytes that are no
/// character take 1.
int display_width(const Character& c);
int display_width(std::string_view text);

/// Letters and digits of any script, indices and primes; no signs, blanks or operators.
bool is_letter(char32_t code);

/// A piece of the user's text for a message: up to 40 bytes of it, and dots for the rest.
std::string shortened(std::string_view text);

}  // namespace tools::language
