#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/fold.hpp>
#include <autograd/error.hpp>
#include <autograd/graph/value.hpp>
#include <autograd/tensor/elementwise.hpp>

namespace brickgrad::internal {
namespace {

bool wants_gradient(const Node* operand) { return operand && operand->is(requires_grad); }

bool only_scalars(const Node& n) {
  if (n.shape().rank() != 0) return false;
  for (int i = 0; i < n.inputs(); ++i)
    if (n.input(i) && n.input(i)->shape().rank() != 0) return false;
  return true;
}

/// What a node passes back to one of its operands.
struct PassedBack {
  /// In the operand's shape; none where the operand wants none, or the node has no gradient.
  std::optional<Tensor> gradient;
  /// Of scalars: the derivative of the result to this operand.
  std::optional<double> local;
};

/// What backward would add to each operand when the node's gradient is g.
std::vector<Value> contributions(Node& n, const Tensor& g) {
  const no_grad guard;
  std::vector<Value> out(static_cast<std::size_t>(n.inputs()));
  n.op->gradient(n, constant(g), out);
  return out;
}

std::vector<PassedBack> scalars_passed_back(Node& n) {
  const std::vector<Value> local = contributions(n, Tensor::full({}, 1, n.dtype()));
  std::vector<PassedBack> passed(local.size());
  for (std::size_t i = 0; i < passed.size(); ++i) {
    if (!wants_gradient(n.input(static_cast<int>(i)))) continue;
    passed[i].local = local[i].item();
    if (!has_gradient(n)) continue;
    const double g = gradient_of(n)->item();
    // Backward skips adjoints of zero, so that an infinite derivative does not make a NaN of them.
    passed[i].gradient = Tensor(g == 0 ? 0 : g * *passed[i].local);
  }
  return passed;
}

std::vector<PassedBack> tensors_passed_back(Node& n) {
  std::vector<PassedBack> passed(static_cast<std::size_t>(n.inputs()));
  if (!has_gradient(n)) return passed;
  const std::vector<Value> parts = contributions(n, *gradient_of(n));
  for (std::size_t i = 0; i < passed.size(); ++i) {
    const Node* operand = n.input(static_cast<int>(i));
    if (!wants_gradient(operand)) continue;
    Tensor received = Tensor::empty(operand->shape(), operand->dtype());
    if (received.numel() > 0)
      add_to(parts[i].node()->borrowed_value(), received.raw(), operand->shape(), operand->dtype(),
             false);
    passed[i].gradient = received;
  }
  return passed;
}

/// One entry an operand of a node that an op made. Throws Error where a value that the derivative
/// reads was changed in place since.
std::vector<PassedBack> passed_back(Node& n) {
  return only_scalars(n) ? scalars_passed_back(n) : tensors_passed_back(n);
}

}  // namespace

std::string flows_left_out(const GraphWalk& walk) {
  if (walk.size() <= most_with_flows || !has_gradient(walk.node(walk.size() - 1))) return "";
  return fmt::format(
      "the edges do not show how much gradient flowed back along them: that is told of up to {} "
      "values",
      grouped_digits(most_with_flows));
}

Flow operator+(const Flow& a, const Flow& b) {
  if (!a.known || !b.known) return a.known ? a : b;
  Flow sum;
  sum.known = true;
  sum.gradient = a.gradient + b.gradient;
  return sum;
}

std::vector<Flow> gradient_flow(const GraphWalk& walk, std::int64_t keep) {
  std::vector<Flow> flows(walk.edges());
  for (std::size_t i = 0; i < walk.size(); ++i) {
    Node& n = walk.node(i);
    if (n.is(leaf)) continue;
    const auto own = std::span(flows).subspan(walk.first_edge(i), walk.operands(i).size());
    try {
      const std::vector<PassedBack> passed = passed_back(n);
      for (std::size_t k = 0; k < own.size(); ++k) {
        own[k].local = passed[k].local;
        own[k].known = passed[k].gradient.has_value();
        if (!own[k].known) continue;
        own[k].gradient = summarise(*passed[k].gradient);
        if (own[k].gradient.count <= keep) own[k].elements = passed[k].gradient->to_vector();
      }
    } catch (const Error&) {
      // A value that the derivative reads was changed since: what flowed can no longer be told.
      std::fill(own.begin(), own.end(), Flow{});
    }
  }
  return flows;
}

}  // namespace brickgrad::internal
