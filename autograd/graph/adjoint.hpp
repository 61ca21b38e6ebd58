// The adjoints of nodes: the memory that they have, and what a derivative adds to them.
#pragma once

#include <autograd/graph/node.hpp>
#include <span>

namespace brickgrad {

class Product;

namespace internal {

/// Moves the gradient into storage that tensors can share, and returns such a tensor.
Tensor share_gradient(Node& n);

/// Whether p is where a contiguous tensor like this has an element, if it begins at `start`.
inline bool lies_in(const void* p, const void* start, const Tensor& like) {
  const auto offset = static_cast<const std::byte*>(p) - static_cast<const std::byte*>(start);
  return offset >= 0 &&
         offset < like.numel() * static_cast<std::ptrdiff_t>(item_size(like.dtype()));
}

/// Memory for the adjoint, and whether the next contribution is added to what is there.
struct AdjointTarget {
  void* data;
  bool add;
};
AdjointTarget open_own_adjoint(Node& n);
inline AdjointTarget open_adjoint(Node& n) {
  if (!n.adjoint_data || n.part->adjoint) return open_own_adjoint(n);
  const bool add = n.is(has_adjoint);
  n.set(has_adjoint);
  return {n.adjoint_data, add};
}
/// Adds a number to the adjoint of a rank-0 float64.
void accumulate_number(Node& n, double contribution);
/// Adds a tensor, summed over what was broadcast, to the adjoint; the same for a product.
void accumulate(Node& n, const Tensor& contribution);
void accumulate(Node& n, const Product& contribution);
/// Makes the seed of a backward pass the first contribution: as it is, where the adjoint will be
/// given back, so that nobody sees whose elements those are.
void begin_with(Node& n, const Tensor& seed, bool retain);
/// Adds what may be the adjoint of `from` as it is: n takes that over when it is to be dropped.
void pass_on(Node& from, Node& n, const Tensor& contribution);
/// Whether n has no adjoint yet and takes over the memory of that of `from`, which drops it: what
/// is written there may be written over what is read, element by element.
bool write_over(Node& from, Node& n);
/// A product, and the node to whose adjoint it is added.
struct ProductTo {
  Node* node;
  const Product* product;
};
/// Adds a few products from the derivative of a node, large ones side by side, as they are read
/// together. Those that come first go first, which had better be the ones whose rows a thread has
/// worked on before. Some for leaves may be put off until the end of the pass: see leaf_sums.hpp.
void accumulate_together(std::span<const ProductTo> products, const Node& from);
/// Adds a product of the gradient `g` to the adjoint of `weight` and the sum of the rows of g to
/// that of `bias`, in one pass over g. False, and nothing is added, where that is not to be had.
bool accumulate_with_sums(Node& weight, const Product& to_weight, Node& bias, const Tensor& g);
/// Adds what was put off.
template <LazyTensor P>
void accumulate(Node& n, const P& contribution) {
  // Straight into the adjoint where the shape is its own.
  if (!n.is(array) || contribution.shape() != n.part->value.shape())
    return accumulate(n, Tensor(contribution));
  const AdjointTarget to = open_adjoint(n);
  contribution.compute(to.data, n.dtype(), to.add);
}

}  // namespace internal
}  // namespace brickgrad
