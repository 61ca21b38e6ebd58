#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/graph/deferred.hpp>
#include <autograd/graph/row_blocks.hpp>
#include <autograd/graph/row_forward.hpp>
#include <autograd/graph/row_op.hpp>
#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/structural.hpp>

namespace brickgrad::internal {
namespace {

/// An op on the way, and the node whose value is there after it; null for one that is not in the
/// graph yet.
struct Step {
  RowOp op;
  Node* node;
  bool is_kept = false;
  Tensor whole{};                // memory for all of the value, if that is kept
  std::vector<Tensor> blocks{};  // or the blocks in lanes
  Node* selection = nullptr;     // whose places the op finds
  std::vector<Tensor> places{};
  std::optional<Shape> part{};  // what the next one selects from, where that is enough
};

/// What was put off below an op by rows, and that op.
class RowsForward {
 public:
  /// `node`: where the op is in the graph already.
  RowsForward(const RowOp& op, std::span<Node* const> inputs, Node* node);
  /// Computes it, and keeps for the backward pass what is kept. The last step has the value then,
  /// in blocks where they are in lanes and that is good enough.
  Step run(bool may_be_blocks);

 private:
  static std::vector<Step> steps_to(const RowOp& op, Node& first, Node* node);
  std::int64_t bytes() const;
  void find_places();
  void choose_kept();
  void take_maxima_first();
  void find_parts();
  void make_room(const Tensor& last, bool may_be_blocks);
  Tensor compute(Tensor x, std::optional<std::int64_t> block);
  void keep();

  std::vector<Step> steps_;  // from below
  const Node& bottom_;
  Blocks blocks_;
  Start start_;
};

/// What the first step reads.
Node& input_of(const std::vector<Step>& steps, std::span<Node* const> inputs) {
  return steps.size() > 1 ? *steps[0].node->input(0) : *inputs[0];
}

RowsForward::RowsForward(const RowOp& op, std::span<Node* const> inputs, Node* node)
    : steps_(steps_to(op, *inputs[0], node)),
      bottom_(input_of(steps_, inputs)),
      blocks_(bottom_.shape()[0], bytes(), bottom_.dtype(), 4),
      start_(bottom_, blocks_) {
  find_places();
  choose_kept();
  take_maxima_first();
  find_parts();
}

std::vector<Step> RowsForward::steps_to(const RowOp& op, Node& first, Node* node) {
  std::vector<Step> steps{{op, node}};
  for (Node* n = &first; is_put_off(*n) && deferred_part(*n).blocks.empty() && works_by_rows(*n);
       n = n->input(0)) {
    check_lost(*n);
    steps.push_back({RowOp(*n), n});
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

/// Of the largest value that is read.
std::int64_t RowsForward::bytes() const {
  std::int64_t bytes = bytes_of(bottom_);
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i)
    bytes = std::max(bytes, bytes_of(*steps_[i].node));
  return bytes;
}

void RowsForward::find_places() {
  for (Step& s : steps_)
    if (blocks_.in_lanes() && s.node && s.op.selects()) {
      s.selection = s.node;
      s.places.resize(static_cast<std::size_t>(blocks_.count()));
    }
}

/// One value an op by rows is there for the backward pass, rather than be computed once more: that
/// of the function above it, where the derivative of that reads nothing but its result. None is
/// where the places of what was selected of it are enough.
void RowsForward::choose_kept() {
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
    Node& n = *steps_[i].node;
    if (!n.is(by_rows)) continue;
    const bool upper_is_enough =
        i + 2 < steps_.size() && reads_result_alone(*steps_[i + 1].node) && is_read_once(n);
    Step& s = steps_[upper_is_enough ? i + 1 : i];
    const bool is_read =
        !upper_is_enough && (n.derivative_reads(reads_result) ||
                             (s.selection && i > 0 && may_follow(*steps_[i - 1].node, n)));
    s.is_kept = is_read || !(&s + 1)->selection || !is_read_once(*s.node);
  }
}

/// A function that keeps maxima follows them, as there are fewer. The nodes stay where they are: a
/// node says whose value is there after a step, and that of the upper one is the same.
void RowsForward::take_maxima_first() {
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
    Step &below = steps_[i], &above = steps_[i + 1];
    if (!above.selection || !below.op.keeps_maxima() || below.is_kept) continue;
    std::swap(below.op, above.op);
    std::swap(below.selection, above.selection);
    std::swap(below.places, above.places);
  }
}

void RowsForward::find_parts() {
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
    Step &s = steps_[i], &above = steps_[i + 1];
    if (above.selection && !s.is_kept && s.op.has_parts())
      s.part = above.op.selects_from(s.node->shape());
  }
}

/// `last`: the result for no rows.
void RowsForward::make_room(const Tensor& last, bool may_be_blocks) {
  const auto make = [&](Step& s, bool as_blocks, const Shape& shape) {
    if (as_blocks)
      s.blocks.resize(static_cast<std::size_t>(blocks_.count()));
    else
      s.whole = Tensor::empty(shape, last.dtype());
  };
  for (Step& s : steps_)
    if (s.is_kept) make(s, blocks_.in_lanes(), s.node->shape());
  Dims extents = last.shape();
  extents[0] = bottom_.shape()[0];
  make(steps_.back(), may_be_blocks && blocks_.in_lanes(), Shape(extents));
}

/// All steps for rows x; without a block, nothing of it is kept.
Tensor RowsForward::compute(Tensor x, std::optional<std::int64_t> block) {
  for (Step& s : steps_) {
    if (s.part) {
      x = s.op.compute_part(*s.part, x);
      continue;
    }
    std::optional<Tensor> to;
    if (block && s.whole.raw())
      to = blocks_.of(s.whole, *block);
    else if (s.op.is_unary() && x.storage().unique())
      to = x;
    x = s.op.compute(x, to, block && s.selection ? &block_of(s.places, *block) : nullptr);
    if (block && !s.blocks.empty()) block_of(s.blocks, *block) = x;
  }
  return x;
}

void RowsForward::keep() {
  for (Step& s : steps_) {
    if (s.selection) deferred_part(*s.selection).places = std::move(s.places);
    if (!s.is_kept) continue;
    if (s.blocks.empty())
      accept(*s.node, std::move(s.whole));
    else
      deferred_part(*s.node).blocks = std::move(s.blocks);
  }
}

Step RowsForward::run(bool may_be_blocks) {
  // No rows tell the shape.
  make_room(compute(start_.no_rows(), std::nullopt), may_be_blocks);
  parallel_for(blocks_.count(), 1, [&](std::int64_t begin, std::int64_t end) {
    const KeepLanes keep;
    for (std::int64_t block = begin; block < end; ++block) compute(start_.of(block), block);
  });
  keep();
  return std::move(steps_.back());
}

}  // namespace

Tensor compute_by_rows(const OpTable& op, const void* attributes, std::span<Node* const> inputs) {
  try {
    return RowsForward(RowOp(op, attributes, inputs), inputs, nullptr).run(false).whole;
  } catch (const Error&) {
    // The error shall tell the shape of the whole.
    return op.compute(attributes, RowOp(op, attributes, inputs).all(inputs[0]->borrowed_value()));
  }
}

void compute_by_rows(Node& n, bool may_be_blocks) {
  std::array<Node*, max_arity> inputs;
  for (int k = 0; k < n.inputs(); ++k) inputs[static_cast<std::size_t>(k)] = n.input(k);
  Step last =
      RowsForward(RowOp(n), std::span(inputs).first(static_cast<std::size_t>(n.inputs())), &n)
          .run(may_be_blocks);
  if (last.blocks.empty())
    accept(n, std::move(last.whole));
  else
    accept_blocks(n, std::move(last.blocks));
}

}  // namespace brickgrad::internal
