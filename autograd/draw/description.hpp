// The picture in words, for those who listen to it instead.
#pragma once

#include <autograd/draw/drawing.hpp>
#include <string>

namespace brickgrad::internal {

/// One line: what the picture is of.
std::string spoken_title(const Drawing& drawing, const DotOptions& options);

/// What the computation starts from, its steps when they are few, its result, and what is wrong.
std::string description(Drawing& drawing);

}  // namespace brickgrad::internal
