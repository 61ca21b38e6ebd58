// Text for labels: whatever a user called a value comes out readable, and never as markup.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace brickgrad::internal {

/// Characters that are shown of a name where there is room for it and where there is little, and of
/// the title of a picture.
inline constexpr std::size_t name_length = 40, short_name_length = 24, title_length = 200;

/// Valid UTF-8 that can be shown: a line break becomes "\n", other control characters become
/// "\x07", and bytes that are no UTF-8 the replacement character. More than `max_characters` are
/// shortened with an ellipsis in the middle, since the ends of long names tell them apart.
std::string printable(std::string_view text, std::size_t max_characters);

/// Printable text inside an HTML-like label.
std::string html_escaped(std::string_view printable);
/// Printable text in XML.
std::string xml_escaped(std::string_view printable);
/// Printable text inside a quoted string.
std::string quoted(std::string_view printable);
/// Printable text inside a quoted string that Graphviz shows as a tooltip.
std::string tooltip_escaped(std::string_view printable);

}  // namespace brickgrad::internal
