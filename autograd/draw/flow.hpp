// How much gradient flowed back along each edge of a graph.
#pragma once

#include <autograd/draw/graph_walk.hpp>
#include <autograd/draw/numbers.hpp>
#include <optional>
#include <string>
#include <vector>

namespace brickgrad::internal {

/// What one operand received from one use of it.
struct Flow {
  bool known = false;
  Summary gradient;
  /// All of it, where that was asked for.
  std::vector<double> elements;
  /// Of scalars: the derivative of the result to this operand.
  std::optional<double> local;
  /// It is next to nothing only because what the op adds up for this operand cancels.
  bool cancels = false;
  /// It is tiny beside what was met on the way from the result to here: see mark_vanishing().
  bool vanishes = false;
};

/// Of an op on one operand, element by element: its derivatives.
Tensor slopes(const Node& n);

/// Beyond so many nodes nobody waits for the gradient along each edge.
inline constexpr std::size_t most_with_flows = 100'000;

/// A gradient vanishes below this part of what was met on its way back, as that of the last layer.
inline constexpr double vanishing_part = 1e-3;

/// One entry an edge of the walk. An edge is unknown before backward(), where the adjoint was not
/// kept, for operands that receive no gradient, and where a value was changed in place since.
/// Keeps the elements of up to `keep`.
std::vector<Flow> gradient_flow(const GraphWalk& walk, std::int64_t keep = -1);

/// What to say of a graph with more nodes; empty where there are fewer, or no gradient at all.
std::string flows_left_out(const GraphWalk& walk);

/// That of several uses together, without their elements and local derivatives.
Flow operator+(const Flow& a, const Flow& b);

}  // namespace brickgrad::internal
