// The parts of the page that are files of their own, made into text at build time.
#pragma once

#include <string_view>

namespace brickgrad::internal {

extern const std::string_view page_html, page_style, page_script;
/// The cards, the edges between them, and folding.
extern const std::string_view graph_script;
/// What other pages share: the look, numbers as text, and the buttons and slider that step.
extern const std::string_view shared_style, shared_script;

}  // namespace brickgrad::internal
