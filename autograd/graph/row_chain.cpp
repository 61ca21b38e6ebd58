#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/graph/deferred.hpp>
#include <autograd/graph/row_chain.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/structural.hpp>
#include <optional>

namespace brickgrad::internal {
namespace {

std::int64_t bytes_of(const Node& n) {
  return n.numel() * static_cast<std::int64_t>(item_size(n.dtype()));
}

/// How the rows of arrays, the largest of which has so many bytes, are cut into blocks: images in
/// lanes, unless they are too large or too few for that.
class Blocks {
 public:
  /// `parts`: how often a block that is not in lanes is cut once more.
  Blocks(std::int64_t rows, std::int64_t bytes, DType dtype, std::int64_t parts)
      : rows_(rows), lanes_(lanes_of(dtype)) {
    if (rows < 2 * lanes_ || lanes_ * (bytes / rows) > lanes_bytes) lanes_ = 0;
    count_ = lanes_ ? (rows + lanes_ - 1) / lanes_
                    : std::clamp<std::int64_t>(parts * bytes / rows_bytes, 1, rows);
  }
  std::int64_t count() const { return count_; }
  bool in_lanes() const { return lanes_ > 0; }
  /// Whether an array is there in these blocks.
  bool are(const std::vector<Tensor>& blocks) const {
    return lanes_ > 0 && static_cast<std::int64_t>(blocks.size()) == count_ &&
           blocks[0].shape()[0] == lanes_;
  }
  Tensor of(const Tensor& t, std::int64_t block) const {
    return lanes_ ? sliced(t, 0, lanes_ * block, std::min(rows_, lanes_ * (block + 1)), 1)
                  : sliced(t, 0, rows_ * block / count_, rows_ * (block + 1) / count_, 1);
  }
  /// The same, in lanes where there are as many images.
  Tensor put_in_lanes(const Tensor& t, std::int64_t block) const {
    const Tensor part = of(t, block);
    return part.rank() == 4 && part.shape()[0] == lanes_ ? into_lanes(part) : part;
  }

 private:
  /// More would not stay in the second-level cache.
  static constexpr std::int64_t lanes_bytes = 4 * rows_bytes;
  std::int64_t rows_, lanes_, count_;
};

/// The rows of what a chain begins with, which is there as a whole or in the same blocks.
class Start {
 public:
  Start(const Node& n, const Blocks& blocks) : blocks_(blocks) {
    if (is_put_off(n) && blocks.are(deferred_part(n).blocks))
      parts_ = deferred_part(n).blocks;
    else
      whole_ = n.borrowed_value().contiguous();
  }
  /// In lanes where the block is.
  Tensor of(std::int64_t block) const {
    return parts_.empty() ? blocks_.put_in_lanes(whole_, block)
                          : parts_[static_cast<std::size_t>(block)];
  }
  Tensor no_rows() const { return sliced(parts_.empty() ? whole_ : parts_[0], 0, 0, 0, 1); }

 private:
  const Blocks& blocks_;
  Tensor whole_;
  std::vector<Tensor> parts_;
};

bool is_unary(const Node& n) { return n.op->elementwise >= 0 && n.op->arity == 1; }

Tensor empty_like(const Tensor& x) {
  return are_in_lanes(x) ? empty_in_lanes(x.shape(), x.dtype())
                         : Tensor::empty(x.shape(), x.dtype());
}

/// The same elements in an order that makes them contiguous, if there is one.
Tensor in_a_row(const Tensor& x) { return are_in_lanes(x) ? as_they_lie(x) : x; }

/// What a node makes of rows `x` of its first input, in the memory of `to` where that is given.
Tensor forward(const Node& n, const Tensor& x, std::optional<Tensor> to = std::nullopt) {
  if (is_unary(n) && (!to || are_in_lanes(*to) == are_in_lanes(x))) {
    Tensor y = to ? *to : empty_like(x);
    const Tensor from = in_a_row(x);
    Tensor out = in_a_row(y);
    const Operand operand{&from};
    elementwise_forward(n.op->elementwise, n.attributes(), {&operand, 1}, out);
    return y;
  }
  std::vector<Tensor> inputs{x};
  for (int k = 1; k < n.inputs(); ++k) inputs.push_back(n.input(k)->borrowed_value());
  Tensor y = n.op->compute(n.attributes(), inputs);
  if (!to) return y;
  add_to(y, *to, false);
  return *to;
}

/// The gradient of the input `x` of such an op with the result `y`: in the memory of g where that
/// is nobody else's.
Tensor pull_back(const Node& n, const Tensor& g, const Tensor& y, const Tensor& x) {
  if (are_in_lanes(g) != are_in_lanes(y) || are_in_lanes(g) != are_in_lanes(x))
    return pull_back(n, g.contiguous(), y.contiguous(), x.contiguous());
  Tensor d = g.storage().unique() ? g : empty_like(g);
  const Tensor from = in_a_row(x);
  const Operand operand{&from};
  const GradientTarget target{d.raw()};
  elementwise_backward(n.op->elementwise, n.attributes(), in_a_row(g), in_a_row(y), {&operand, 1},
                       {&target, 1});
  return d;
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

/// Whether the derivative of the op below one that selects may be taken of the elements that were
/// selected, which are fewer: the others receive no gradient.
bool may_follow(const Node& below, const Node& selection) {
  return is_unary(below) && !below.derivative_reads(reads_input(0)) && selection.op->selects &&
         selection.modified() <= selection.stamp();
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
  if (Blocks(root.shape()[0], bytes_, root.dtype(), 1).count() == 1) count_ = 1;
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
  const Blocks blocks(root.shape()[0], bytes_, root.dtype(), 1);

  const auto is_made = [&blocks](const Node& n) {
    return is_put_off(n) && !blocks.are(deferred_part(n).blocks);
  };
  // Whose values are read: by derivatives, or to compute others again.
  std::array<bool, capacity + 1> needed;
  for (std::size_t i = 0; i <= count_; ++i) {
    const Node* above = i > 0 ? nodes_[i - 1] : nullptr;
    needed[i] = (i < count_ && nodes_[i]->derivative_reads(reads_result)) ||
                (i + 1 < count_ && may_follow(*nodes_[i + 1], *nodes_[i])) ||
                (above && (above->is(by_rows) || above->derivative_reads(reads_input(0)) ||
                           (needed[i - 1] && is_made(*above))));
  }

  // What is read and reached from outside: the first input of the last node, block by block, and
  // other inputs as wholes, whose parts of the gradient are added in the order of the blocks.
  Node& last = *nodes_[count_ - 1]->input(0);
  std::optional<Start> start;
  if (needed[count_]) start.emplace(last, blocks);
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
    const KeepLanes keep;
    // The values of the nodes, and after them what the last one reads.
    std::array<Tensor, capacity + 1> values;
    if (needed[count_]) values[count_] = start->of(block);
    for (std::size_t i = count_; i-- > 0;)
      if (!needed[i])
        continue;
      else if (!is_put_off(*nodes_[i]))
        values[i] = blocks.put_in_lanes(nodes_[i]->borrowed_value(), block);
      else if (blocks.are(deferred_part(*nodes_[i]).blocks))
        values[i] = deferred_part(*nodes_[i]).blocks[static_cast<std::size_t>(block)];
      else
        values[i] = forward(*nodes_[i], values[i + 1]);
    Tensor g = blocks.put_in_lanes(seed, block);
    Tensor* part = parts.data() + sides.size() * static_cast<std::size_t>(block);
    for (std::size_t i = 0; i < count_; ++i) {
      Node& n = *nodes_[i];
      const bool goes_on = i + 1 < count_;
      if (is_unary(n)) {
        // Anything of its shape stands for what is not read.
        g = pull_back(n, g, needed[i] ? values[i] : g, needed[i + 1] ? values[i + 1] : g);
        if (!goes_on) add_to(g, blocks.of(to, block), add);
        continue;
      }
      std::vector<Tensor> x{values[i + 1]};
      for (int k = 1; k < n.inputs(); ++k) x.push_back(n.input(k)->borrowed_value());
      for (const Side& side : sides)
        if (side.place == i) *part++ = n.op->pull_rows(n.attributes(), side.input, g, values[i], x);
      if (goes_on && may_follow(*nodes_[i + 1], n)) {
        g = pull_back(*nodes_[i + 1], g, values[i], g);
        g = n.op->pull_rows(n.attributes(), 0, g, values[i], x);
        if (++i + 1 == count_) add_to(g, blocks.of(to, block), add);
      } else if (goes_on)
        g = n.op->pull_rows(n.attributes(), 0, g, values[i], x);
      else if (last.is(requires_grad))
        add_to(n.op->pull_rows(n.attributes(), 0, g, values[i], x), blocks.of(to, block), add);
    }
  };
  parallel_for(blocks.count(), 1, [&](std::int64_t begin, std::int64_t end) {
    // The last ones first: what the way forward left of them may be in the cache still.
    for (std::int64_t block = end; block-- > begin;) run_block(block);
  });
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Side& side = sides[i % sides.size()];
    accumulate(*nodes_[side.place]->input(side.input), parts[i]);
  }
  for (Node* n : inner())
    if (n->is(deferred)) forget(*n);
}

namespace {

/// A value as a whole, or in blocks.
struct Computed {
  Tensor whole;
  std::vector<Tensor> blocks;
};

/// The value of an op by rows; in blocks where they are in lanes and that is good enough.
Computed run_forward(const OpTable& op, const void* attributes, std::span<Node* const> inputs,
                     bool may_be_blocks) {
  struct Link {
    Node* node;
    bool kept = false;
    Tensor value{};                // the memory for the whole of it, if that is kept
    std::vector<Tensor> blocks{};  // or the blocks in lanes
  };
  std::vector<Link> chain;  // what was put off, from above
  Node* bottom = inputs[0];
  std::int64_t bytes = bytes_of(*bottom);
  while (is_put_off(*bottom) && deferred_part(*bottom).blocks.empty() &&
         (is_unary(*bottom) || bottom->is(by_rows))) {
    check_lost(*bottom);
    chain.push_back({bottom});
    bottom = bottom->input(0);
    bytes = std::max(bytes, bytes_of(*bottom));
  }
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (!chain[i].node->is(by_rows)) continue;
    const Node* kept = kept_of(*chain[i].node, i > 0 ? chain[i - 1].node : nullptr);
    chain[kept == chain[i].node ? i : i - 1].kept = true;
  }
  const std::int64_t rows = bottom->shape()[0];
  const Blocks blocks(rows, bytes, bottom->dtype(), 4);
  const Start start(*bottom, blocks);
  for (Link& link : chain)
    if (link.kept && blocks.in_lanes())
      link.blocks.resize(static_cast<std::size_t>(blocks.count()));
    else if (link.kept)
      link.value = Tensor::empty(link.node->shape(), link.node->dtype());
  const auto compute = [&](Tensor x, std::optional<std::int64_t> block) {
    for (auto link = chain.rbegin(); link != chain.rend(); ++link) {
      std::optional<Tensor> to;
      if (block && link->value.raw())
        to = blocks.of(link->value, *block);
      else if (is_unary(*link->node) && x.storage().unique())
        to = x;
      x = forward(*link->node, x, to);
      if (block && !link->blocks.empty()) link->blocks[static_cast<std::size_t>(*block)] = x;
    }
    std::vector<Tensor> all{std::move(x)};
    all.reserve(inputs.size());
    for (Node* input : inputs.subspan(1)) all.push_back(input->borrowed_value());
    return op.compute(attributes, all);
  };
  // No rows tell the shape; an error tells that of the whole.
  Tensor none;
  try {
    none = compute(start.no_rows(), std::nullopt);
  } catch (const Error&) {
    std::vector<Tensor> x;
    for (Node* input : inputs) x.push_back(input->borrowed_value());
    return {op.compute(attributes, x), {}};
  }
  Computed y;
  if (may_be_blocks && blocks.in_lanes()) {
    y.blocks.resize(static_cast<std::size_t>(blocks.count()));
  } else {
    Dims extents = none.shape();
    extents[0] = rows;
    y.whole = Tensor::empty(Shape(extents), none.dtype());
  }
  parallel_for(blocks.count(), 1, [&](std::int64_t begin, std::int64_t end) {
    const KeepLanes keep;
    for (std::int64_t block = begin; block < end; ++block)
      if (const Tensor part = compute(start.of(block), block); y.blocks.empty())
        add_to(part, blocks.of(y.whole, block), false);
      else
        y.blocks[static_cast<std::size_t>(block)] = part;
  });
  for (Link& link : chain)
    if (!link.blocks.empty())
      deferred_part(*link.node).blocks = std::move(link.blocks);
    else if (link.kept)
      accept(*link.node, std::move(link.value));
  return y;
}

}  // namespace

Tensor compute_by_rows(const OpTable& op, const void* attributes, std::span<Node* const> inputs) {
  return run_forward(op, attributes, inputs, false).whole;
}

void compute_by_rows(Node& n) {
  std::array<Node*, max_arity> inputs;
  for (int k = 0; k < n.inputs(); ++k) inputs[static_cast<std::size_t>(k)] = n.input(k);
  Computed y = run_forward(*n.op, n.attributes(),
                           std::span(inputs).first(static_cast<std::size_t>(n.inputs())), true);
  if (y.blocks.empty())
    accept(n, std::move(y.whole));
  else
    accept_blocks(n, std::move(y.blocks));
}

}  // namespace brickgrad::internal
