// What Graphviz leaves out of its SVG: a title and a description for those who cannot see it, and
// dark colours for those who prefer them.
#pragma once

#include <autograd/draw/dot.hpp>
#include <string>

namespace brickgrad::internal {

/// The same picture with them. A text that does not look like Graphviz's comes back unchanged.
std::string dressed_svg(std::string svg, const std::string& title, const std::string& description,
                        Theme theme);

}  // namespace brickgrad::internal
