// How an edge looks: as wide as the logarithm of the gradient that flowed back along it, coloured
// by its sign.
#pragma once

#include <autograd/draw/dot.hpp>
#include <autograd/draw/flow.hpp>
#include <string>
#include <vector>

namespace brickgrad::internal {

/// What an edge carried back; tensors with elements of both signs are mixed.
enum class FlowKind { unknown, bad, zero, positive, negative, mixed };
const char* name_of(FlowKind kind);
const char* color_of(FlowKind kind, Theme theme = Theme::light);

/// Relates widths to the largest flow of the picture.
class EdgeScale {
 public:
  EdgeScale() = default;
  explicit EdgeScale(const std::vector<Flow>& flows);
  /// In points.
  double width(const Flow& flow) const;
  /// What vanishes counts as zero.
  FlowKind kind(const Flow& flow) const;

 private:
  double largest_ = 0;
};

struct EdgeFacts {
  /// Null when nothing is known of any.
  const Flow* flow = nullptr;
  /// Whether its operand can receive a gradient.
  bool carries = true;
  /// A bad number came this way.
  bool bad_path = false;
  /// How many values go along it; 0 when that is not worth saying.
  std::size_t values = 0;
  /// Of the picture of a change: what flowed here before, if anything is known of that, and whether
  /// the edge is new.
  const Flow* before = nullptr;
  bool added = false;
};

/// The attributes of an edge, with a leading space, or nothing.
std::string edge_attributes(const EdgeFacts& edge, const EdgeScale& scale,
                            const DotOptions& options);

}  // namespace brickgrad::internal
