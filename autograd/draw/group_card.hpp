// The card of a module, or of a stretch of ops, that is drawn as one.
#pragma once

#include <autograd/draw/card.hpp>
#include <autograd/draw/fold.hpp>
#include <span>
#include <string>
#include <vector>

namespace brickgrad::internal {

/// The attributes of the box, from "[" to "]". `input` is what it computes from, or null; `result`
/// its last op; `leaving` are the members whose values others use.
std::string group_card(const GraphWalk& walk, const Group& group,
                       const std::vector<NodeFacts>& facts, const Node* input, const Node& result,
                       std::span<const GraphWalk::Index> leaving, const DotOptions& options);

}  // namespace brickgrad::internal
