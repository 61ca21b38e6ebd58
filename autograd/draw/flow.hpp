// How much gradient flowed back along each edge of a graph.
#pragma once

#include <autograd/draw/graph_walk.hpp>
#include <autograd/draw/numbers.hpp>
#include <optional>
#include <vector>

namespace brickgrad::internal {

/// What one operand received from one use of it.
struct Flow {
  bool known = false;
  Summary gradient;
  /// Of scalars: the derivative of the result to this operand.
  std::optional<double> local;
};

/// One entry an edge of the walk. An edge is unknown before backward(), where the adjoint was not
/// kept, for operands that receive no gradient, and where a value was changed in place since.
std::vector<Flow> gradient_flow(const GraphWalk& walk);

/// What a node passes back to one of its operands.
struct PassedBack {
  /// In the operand's shape; none where the operand wants none, or the node has no gradient.
  std::optional<Tensor> gradient;
  /// Of scalars: the derivative of the result to this operand.
  std::optional<double> local;
};
/// One entry an operand of a node that an op made. Throws Error where a value that the derivative
/// reads was changed in place since.
std::vector<PassedBack> passed_back(Node& n);

/// That of several uses together.
Flow operator+(const Flow& a, const Flow& b);

}  // namespace brickgrad::internal
