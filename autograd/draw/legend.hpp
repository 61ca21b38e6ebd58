// The title of a picture, and the lines below it: what is wrong, what was left out, and what
// colours and lines mean.
#pragma once

#include <autograd/draw/card.hpp>
#include <autograd/draw/dot.hpp>
#include <autograd/draw/edge.hpp>
#include <set>
#include <string>
#include <vector>

namespace brickgrad::internal {

/// The edges of a picture.
struct EdgeKinds {
  std::set<FlowKind> flows;
  /// Some of no gradient at all, some of next to none; some of what receives none.
  bool zero = false, vanishing = false, constant = false;

  void add(const Flow& flow, const EdgeScale& scale);
};

/// What there is to explain.
struct LegendContent {
  LegendContent(const std::vector<NodeFacts>& facts, const std::vector<Flow>& flows,
                const EdgeScale& scale, bool cards);
  bool cards, locals = false, bad = false;
  EdgeKinds edges;
  std::vector<std::string> warnings, notes;
  /// So many of the warnings, the first ones, tell of NaN or infinity.
  std::size_t bad_warnings = 0;
};

/// A row that tells the lines of these edges apart; empty without any.
std::string edge_legend(const EdgeKinds& edges, Theme theme);

/// An HTML-like label; empty when there is nothing to say.
std::string heading(const DotOptions& options, const LegendContent& content);

}  // namespace brickgrad::internal
