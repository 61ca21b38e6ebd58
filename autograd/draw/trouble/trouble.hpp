// What is wrong with the numbers of a graph: where NaN and infinity start and how they reach the
// result, which leaves no gradient reaches, and where it vanishes on its way back.
#pragma once

#include <autograd/draw/call_tree.hpp>
#include <autograd/draw/card.hpp>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/trouble/speaker.hpp>
#include <span>
#include <string>
#include <vector>

namespace brickgrad::internal {

struct Trouble {
  /// In words, a sentence each; those of NaN and infinity come first, so many of them.
  std::vector<std::string> lines;
  std::size_t bad = 0;
  /// Of every edge of the walk: the bad number came this way; empty when there is none.
  std::vector<bool> path;
};

/// Which numbers are bad, where that starts, and where a backward pass came by.
std::vector<NodeFacts> look_at_numbers(const GraphWalk& walk);

/// Looks for the ways, and marks in the facts where the gradient stops. The calls tell where a node
/// is; `flows` may be empty. `names` are those of the nodes where a picture gave them some.
Trouble find_trouble(const GraphWalk& walk, const CallTree& calls, const std::vector<Flow>& flows,
                     std::vector<NodeFacts>& facts, std::span<const std::string> names = {});

}  // namespace brickgrad::internal
