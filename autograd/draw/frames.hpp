// The frames around what modules computed.
#pragma once

#include <autograd/draw/dot.hpp>
#include <autograd/draw/fold.hpp>
#include <string>
#include <vector>

namespace brickgrad::internal {

/// The frames one within the other, each with its title and what stands in it.
std::string frames_text(const std::vector<Cluster>& frames, const std::vector<std::string>& content,
                        Theme theme);

}  // namespace brickgrad::internal
