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

/// What there is to explain.
struct LegendContent {
  LegendContent(const std::vector<NodeFacts>& facts, const std::vector<Flow>& flows,
                const EdgeScale& scale, bool cards);
  bool cards, locals = false, bad = false;
  std::set<FlowKind> flows;
  std::vector<std::string> warnings, notes;
};

/// A row that tells the colours of these flows apart; empty without any.
std::string flow_legend(const std::set<FlowKind>& flows, Theme theme);

/// An HTML-like label; empty when there is nothing to say.
std::string heading(const DotOptions& options, const LegendContent& content);

}  // namespace brickgrad::internal
