// How often a text stands in another one, for tests of what was drawn or written.
#pragma once

#include <cstddef>
#include <string>

inline std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}
