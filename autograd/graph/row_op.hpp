// What an op makes of some rows of a batch, and how its gradient flows back: the steps of the
// chains in row_forward.cpp and row_chain.cpp.
#pragma once

#include <autograd/graph/node.hpp>
#include <optional>

namespace brickgrad::internal {

/// Whether it maps each element on its own: then rows may come in any layout.
bool is_unary(const Node& n);
/// Whether a node can be part of a chain.
inline bool works_by_rows(const Node& n) { return n.is(by_rows) || is_unary(n); }
/// A function whose derivative reads nothing but its result.
bool reads_result_alone(const Node& n);
/// Whether the derivative of the op below one that selects may be taken of the elements that were
/// selected, which are fewer: the others receive no gradient.
bool may_follow(const Node& below, const Node& selection);
/// Whether one node alone reads the value of a node that can be put off, and no user does.
bool is_read_once(const Node& n);
/// Throws where the value is lost: see is_lost().
void check_lost(Node& n);

/// An op by rows and its inputs. It may not be in the graph yet.
class RowOp {
 public:
  explicit RowOp(const Node& n);
  RowOp(const OpTable& op, const void* attributes, std::span<Node* const> inputs)
      : op_(&op), attributes_(attributes), inputs_(inputs.begin(), inputs.end()) {}

  bool is_unary() const { return op_->elementwise >= 0; }
  /// Whether each element of the result is one of the first input.
  bool selects() const { return op_->selects && op_->selects(attributes_); }
  /// What of its first input it selects from then.
  Shape selects_from(const Shape& x) const { return op_->selects_from(x); }
  /// Whether it may as well come after an op that selects the largest.
  bool keeps_maxima() const { return op_->keeps_maxima; }
  /// The result for rows x of the first input, in the memory of `to` where that is given; where
  /// `places` is, those of what was selected too.
  Tensor compute(const Tensor& x, std::optional<Tensor> to = std::nullopt,
                 Tensor* places = nullptr) const;
  /// Whether it can leave out all of its result but a part; and that, of as many rows as x has.
  bool has_parts() const { return op_->compute_part; }
  Tensor compute_part(const Shape& part, const Tensor& x) const {
    return op_->compute_part(attributes_, part, all(x));
  }
  /// The inputs for rows x of the first one.
  std::vector<Tensor> all(const Tensor& x) const;

 private:
  Tensor computed(const Tensor& x, Tensor* places) const;

  const OpTable* op_;
  const void* attributes_;
  std::vector<Node*> inputs_;
};

/// The gradient of the input x of a function with the result y: in the memory of g where that is
/// nobody else's.
Tensor pull_back(const Node& n, const Tensor& g, const Tensor& y, const Tensor& x);

}  // namespace brickgrad::internal
