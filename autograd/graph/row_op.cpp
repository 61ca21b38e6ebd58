#include <autograd/graph/deferred.hpp>
#include <autograd/graph/row_op.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/structural.hpp>

namespace brickgrad::internal {
namespace {

Tensor empty_like(const Tensor& x) {
  return are_in_lanes(x) ? empty_in_lanes(x.shape(), x.dtype())
                         : Tensor::empty(x.shape(), x.dtype());
}

/// The same elements in an order that makes them contiguous, if there is one.
Tensor in_a_row(const Tensor& x) { return are_in_lanes(x) ? as_they_lie(x) : x; }

}  // namespace

bool is_unary(const Node& n) { return n.op->elementwise >= 0 && n.op->arity == 1; }

bool reads_result_alone(const Node& n) {
  return is_unary(n) && !n.derivative_reads(reads_input(0));
}

bool may_follow(const Node& below, const Node& selection) {
  return reads_result_alone(below) && RowOp(selection).selects() &&
         selection.modified() <= selection.stamp();
}

bool is_read_once(const Node& n) { return deferred_part(n).users == 1 && !has_handle(n); }

void check_lost(Node& n) {
  if (is_lost(n)) compute_value(n);  // throws
}

RowOp::RowOp(const Node& n) : op_(n.op), attributes_(n.attributes()) {
  for (int k = 0; k < n.inputs(); ++k) inputs_.push_back(n.input(k));
}

std::vector<Tensor> RowOp::all(const Tensor& x) const {
  std::vector<Tensor> all{x};
  for (std::size_t k = 1; k < inputs_.size(); ++k) all.push_back(inputs_[k]->borrowed_value());
  return all;
}

Tensor RowOp::computed(const Tensor& x, Tensor* places) const {
  if (!places) return op_->compute(attributes_, all(x));
  Selection s = op_->select(x);
  *places = std::move(s.places);
  return std::move(s.values);
}

Tensor RowOp::compute(const Tensor& x, std::optional<Tensor> to, Tensor* places) const {
  const bool fits = to && are_in_lanes(*to) == are_in_lanes(x);
  Tensor y;
  if (is_unary()) {
    y = fits ? *to : empty_like(x);
    const Tensor from = in_a_row(x);
    Tensor out = in_a_row(y);
    const Operand operand{&from};
    elementwise_forward(op_->elementwise, attributes_, {&operand, 1}, out);
    if (fits || !to) return y;
  } else {
    y = computed(x, places);
    if (!to) return y;
  }
  add_to(y, *to, false);
  return *to;
}

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

}  // namespace brickgrad::internal
