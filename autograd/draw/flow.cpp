#include <algorithm>
#include <autograd/draw/flow.hpp>
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

/// What backward would add to each operand when the node's gradient is g.
std::vector<Value> contributions(Node& n, const Tensor& g) {
  const no_grad guard;
  std::vector<Value> out(static_cast<std::size_t>(n.inputs()));
  n.op->gradient(n, constant(g), out);
  return out;
}

void scalar_flow(Node& n, std::span<Flow> flows) {
  const std::vector<Value> local = contributions(n, Tensor::full({}, 1, n.dtype()));
  for (std::size_t i = 0; i < flows.size(); ++i) {
    if (!wants_gradient(n.input(static_cast<int>(i)))) continue;
    flows[i].local = local[i].item();
    if (!has_gradient(n)) continue;
    const double g = gradient_of(n)->item();
    // Backward skips adjoints of zero, so that an infinite derivative does not make a NaN of them.
    flows[i].gradient = summarise(g == 0 ? 0 : g * *flows[i].local);
    flows[i].known = true;
  }
}

void tensor_flow(Node& n, std::span<Flow> flows) {
  if (!has_gradient(n)) return;
  const std::vector<Value> parts = contributions(n, *gradient_of(n));
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const Node* operand = n.input(static_cast<int>(i));
    if (!wants_gradient(operand)) continue;
    Tensor received = Tensor::empty(operand->shape(), operand->dtype());
    if (received.numel() > 0)
      add_to(parts[i].node()->borrowed_value(), received.raw(), operand->shape(), operand->dtype(),
             false);
    flows[i].gradient = summarise(received);
    flows[i].known = true;
  }
}

}  // namespace

std::vector<Flow> gradient_flow(const GraphWalk& walk) {
  std::vector<Flow> flows(walk.edges());
  for (std::size_t i = 0; i < walk.size(); ++i) {
    Node& n = walk.node(i);
    if (n.is(leaf)) continue;
    const auto own = std::span(flows).subspan(walk.first_edge(i), walk.operands(i).size());
    try {
      only_scalars(n) ? scalar_flow(n, own) : tensor_flow(n, own);
    } catch (const Error&) {
      // A value that the derivative reads was changed since: what flowed can no longer be told.
      std::fill(own.begin(), own.end(), Flow{});
    }
  }
  return flows;
}

}  // namespace brickgrad::internal
