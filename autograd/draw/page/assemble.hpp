// Puts a web page together from its parts.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace brickgrad::internal {

/// What stands in the place of {{name}} in a page.
struct PagePart {
  std::string_view name, text;
};

/// The page with its parts. What looks like a place within a part stays as it is. Throws Error for
/// a place that has no part.
std::string assemble(std::string_view page, std::span<const PagePart> parts);

/// Text for use between tags and in attributes.
std::string markup_escaped(std::string_view text);

}  // namespace brickgrad::internal
