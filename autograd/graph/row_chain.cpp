#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/graph/deferred.hpp>
#include <autograd/graph/row_chain.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/structural.hpp>
#include <optional>

namespace brickgrad::internal {
namespace {

std::int64_t bytes_of(const Node& n) {
  return n.numel() * static_cast<std::int64_t>(item_size(n.dtype()));
}

/// How the rows of arrays, the largest of which has so many bytes, are cut into blocks.
class Blocks {
 public:
  Blocks(std::int64_t rows, std::int64_t bytes)
      : rows_(rows), count_(std::clamp<std::int64_t>(bytes / rows_bytes, 1, rows)) {}
  std::int64_t count() const { return count_; }
  Tensor of(const Tensor& t, std::int64_t block) const {
    return sliced(t, 0, rows_ * block / count_, rows_ * (block + 1) / count_, 1);
  }

 private:
  std::int64_t rows_, count_;
};

bool is_unary(const Node& n) { return n.op->elementwise >= 0 && n.op->arity == 1; }

/// What a node makes of rows `x` of its first input, in the memory of `to` where that is given.
Tensor forward(const Node& n, const Tensor& x, std::optional<Tensor> to = std::nullopt) {
  if (is_unary(n)) {
    const Operand operand{&x};
    Tensor y = to ? *to : Tensor::empty(x.shape(), x.dtype());
    elementwise_forward(n.op->elementwise, n.attributes(), {&operand, 1}, y);
    return y;
  }
  std::vector<Tensor> inputs{x};
  for (int k = 1; k < n.inputs(); ++k) inputs.push_back(n.input(k)->borrowed_value());
  Tensor y = n.op->compute(n.attributes(), inputs);
  if (!to) return y;
  add_to(y, *to, false);
  return *to;
}

/// Which value of a node by rows and of the one above it shall be there for the backward pass,
/// rather than be computed once more: one is enough where the derivative of the upper one reads
/// nothing but its result.
Node* kept_of(Node& n, Node* above) {
  const bool upper_is_enough = above && is_unary(*above) &&
                               !above->derivative_reads(reads_input(0)) &&
                               deferred_part(n).users == 1 && !has_handle(n);
  return upper_is_enough ? above : &n;
}

void check_lost(Node& n) {
  if (is_lost(n)) compute_value(n);  // throws
}

}  // namespace

RowChain::RowChain(Node& root, bool retain) : nodes_{&root} {
  if (retain || root.rank() == 0 || root.shape()[0] < 2) return;
  bytes_ = bytes_of(root);
  while (count_ < capacity) {
    Node& n = *nodes_[count_ - 1]->input(0);
    const bool is_alone = n.references == 1 && !n.is(leaf | retained | shared | owns_table);
    if (!is_alone || !n.is(requires_grad) || !n.is(array) || !(n.is(by_rows) || is_unary(n))) break;
    if (!is_put_off(n) && !n.part->value.is_contiguous()) break;
    bytes_ = std::max(bytes_, bytes_of(n));
    nodes_[count_++] = &n;
  }
  if (Blocks(root.shape()[0], bytes_).count() == 1) count_ = 1;
}

void RowChain::run() {
  for (Node* n : inner()) {
    n->clear(has_adjoint | kept | marked);
    n->set(dropped);
  }
  Node& root = *nodes_[0];
  if (!root.is(has_adjoint)) return;
  for (Node* n : nodes()) {
    check_unchanged(*n);
    check_lost(*n);
    for (int k = 1; k < n->inputs(); ++k) make_value(*n->input(k));
  }
  const Blocks blocks(root.shape()[0], bytes_);

  // Whose values are read: by derivatives, or to compute others again.
  std::array<bool, capacity + 1> needed;
  for (std::size_t i = 0; i <= count_; ++i) {
    const Node* above = i > 0 ? nodes_[i - 1] : nullptr;
    needed[i] = (i < count_ && nodes_[i]->derivative_reads(reads_result)) ||
                (above && (above->is(by_rows) || above->derivative_reads(reads_input(0)) ||
                           (needed[i - 1] && is_put_off(*above))));
  }

  // What is read and reached from outside: the first input of the last node, block by block, and
  // other inputs as wholes, whose parts of the gradient are added in the order of the blocks.
  Node& last = *nodes_[count_ - 1]->input(0);
  Tensor start;
  if (needed[count_]) start = last.borrowed_value().contiguous();
  Tensor to;
  bool add = false;
  if (last.is(requires_grad)) {
    const AdjointTarget target = open_adjoint(last);
    to = Tensor::borrow(target.data, last.shape(), last.dtype());
    add = target.add;
  }
  struct Side {
    std::size_t place;  // of the node in the chain
    int input;
  };
  std::vector<Side> sides;
  for (std::size_t i = 0; i < count_; ++i)
    for (int k = 1; k < nodes_[i]->inputs(); ++k)
      if (nodes_[i]->input(k)->is(requires_grad)) sides.push_back({i, k});
  std::vector<Tensor> parts(sides.size() * static_cast<std::size_t>(blocks.count()));

  const Tensor seed = Tensor::borrow(root.adjoint_data, root.shape(), root.dtype());
  const auto run_block = [&](std::int64_t block) {
    // The values of the nodes, and after them what the last one reads.
    std::array<Tensor, capacity + 1> values;
    if (needed[count_]) values[count_] = blocks.of(start, block);
    for (std::size_t i = count_; i-- > 0;)
      if (!is_put_off(*nodes_[i]))
        values[i] = blocks.of(nodes_[i]->borrowed_value(), block);
      else if (needed[i])
        values[i] = forward(*nodes_[i], values[i + 1]);
    Tensor g = blocks.of(seed, block);
    Tensor* part = parts.data() + sides.size() * static_cast<std::size_t>(block);
    for (std::size_t i = 0; i < count_; ++i) {
      Node& n = *nodes_[i];
      const bool goes_on = i + 1 < count_;
      if (is_unary(n)) {
        // In place where the gradient is nobody else's.
        Tensor d = !goes_on               ? blocks.of(to, block)
                   : g.storage().unique() ? g
                                          : Tensor::empty(g.shape(), g.dtype());
        // Anything of its shape stands for what is not read.
        const Operand operand{needed[i + 1] ? &values[i + 1] : &g};
        const Tensor& y = needed[i] ? values[i] : g;
        const GradientTarget target{d.raw(), !goes_on && add};
        elementwise_backward(n.op->elementwise, n.attributes(), g, y, {&operand, 1}, {&target, 1});
        g = d;
        continue;
      }
      std::vector<Tensor> x{values[i + 1]};
      for (int k = 1; k < n.inputs(); ++k) x.push_back(n.input(k)->borrowed_value());
      for (const Side& side : sides)
        if (side.place == i) *part++ = n.op->pull_rows(n.attributes(), side.input, g, values[i], x);
      if (goes_on)
        g = n.op->pull_rows(n.attributes(), 0, g, values[i], x);
      else if (last.is(requires_grad))
        add_to(n.op->pull_rows(n.attributes(), 0, g, values[i], x), blocks.of(to, block), add);
    }
  };
  parallel_for(blocks.count(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) run_block(block);
  });
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Side& side = sides[i % sides.size()];
    accumulate(*nodes_[side.place]->input(side.input), parts[i]);
  }
  for (Node* n : inner())
    if (n->is(deferred)) forget(*n);
}

Tensor compute_by_rows(const OpTable& op, const void* attributes, std::span<Node* const> inputs) {
  struct Link {
    Node* node;
    Tensor value;  // the memory for the whole of it, if it is kept
  };
  std::vector<Link> chain;  // what was put off, from above
  Node* bottom = inputs[0];
  std::int64_t bytes = bytes_of(*bottom);
  while (is_put_off(*bottom) && (is_unary(*bottom) || bottom->is(by_rows))) {
    check_lost(*bottom);
    chain.push_back({bottom, {}});
    bottom = bottom->input(0);
    bytes = std::max(bytes, bytes_of(*bottom));
  }
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (!chain[i].node->is(by_rows)) continue;
    const Node* kept = kept_of(*chain[i].node, i > 0 ? chain[i - 1].node : nullptr);
    Link& link = chain[kept == chain[i].node ? i : i - 1];
    link.value = Tensor::empty(link.node->shape(), link.node->dtype());
  }
  const Tensor start = bottom->borrowed_value().contiguous();
  const Blocks blocks(start.shape()[0], 4 * bytes);
  const auto compute = [&](std::int64_t block) {
    std::vector<Tensor> x{blocks.of(start, block)};
    for (auto link = chain.rbegin(); link != chain.rend(); ++link)
      x[0] = link->value.raw() ? forward(*link->node, x[0], blocks.of(link->value, block))
                               : forward(*link->node, x[0]);
    for (Node* input : inputs.subspan(1)) x.push_back(input->borrowed_value());
    return op.compute(attributes, x);
  };
  // The first block tells the shape; an error tells that of the whole.
  Tensor first;
  try {
    first = compute(0);
  } catch (const Error&) {
    std::vector<Tensor> x;
    for (Node* input : inputs) x.push_back(input->borrowed_value());
    return op.compute(attributes, x);
  }
  Dims extents = first.shape();
  extents[0] = start.shape()[0];
  Tensor y = Tensor::empty(Shape(extents), first.dtype());
  add_to(first, blocks.of(y, 0), false);
  parallel_for(blocks.count() - 1, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin + 1; block <= end; ++block)
      add_to(compute(block), blocks.of(y, block), false);
  });
  for (Link& link : chain)
    if (link.value.raw()) accept(*link.node, std::move(link.value));
  return y;
}

}  // namespace brickgrad::internal
