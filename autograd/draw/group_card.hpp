// The card of a module, or of a stretch of ops, that is drawn as one.
#pragma once

#include <autograd/draw/card.hpp>
#include <autograd/draw/fold.hpp>
#include <string>
#include <vector>

namespace brickgrad::internal {

/// The attributes of the box, from "[" to "]". `input` is what it computes from, or null; `result`
/// the member whose value leaves it.
std::string group_card(const GraphWalk& walk, const Group& group,
                       const std::vector<NodeFacts>& facts, const Node* input, const Node& result,
                       const DotOptions& options);

}  // namespace brickgrad::internal
