// The nodes of a graph in the order of drawing.
#pragma once

#include <autograd/graph/node.hpp>
#include <cstddef>
#include <span>
#include <vector>

namespace brickgrad::internal {

/// Every node once, after its operands, the result last; and the operands of each, in their order.
class GraphWalk {
 public:
  using Index = std::uint32_t;
  /// In the place of an operand that is a plain number.
  static constexpr Index number = static_cast<Index>(-1);

  /// Throws Error beyond four thousand million nodes.
  explicit GraphWalk(Node* result);

  std::size_t size() const { return nodes_.size(); }
  Node& node(std::size_t i) const { return *nodes_[i]; }
  std::span<const Index> operands(std::size_t i) const {
    return std::span(operands_).subspan(first_[i], first_[i + 1] - first_[i]);
  }
  /// The place of operand 0 of node i in a list of all edges.
  std::size_t first_edge(std::size_t i) const { return first_[i]; }
  std::size_t edges() const { return operands_.size(); }
  /// Where an edge of that list comes from.
  Index operand_of(std::size_t edge) const { return operands_[edge]; }

 private:
  std::vector<Node*> nodes_;
  std::vector<Index> operands_;
  std::vector<std::size_t> first_;
};

}  // namespace brickgrad::internal
