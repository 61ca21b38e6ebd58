// Where a gradient is lost on its way back, or grows beyond measure, and which leaves lie behind.
#pragma once

#include <autograd/draw/card.hpp>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/trouble/speaker.hpp>
#include <string>
#include <vector>

namespace brickgrad::internal {

/// In words, a sentence each; and marks in the facts where the gradient stops. Without flows it
/// tells of leaves alone.
std::vector<std::string> lost_gradients(const GraphWalk& walk, const std::vector<Flow>& flows,
                                        const Speaker& speaker, std::vector<NodeFacts>& facts);

}  // namespace brickgrad::internal
