#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/fold.hpp>
#include <autograd/error.hpp>
#include <autograd/graph/value.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <cmath>

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
  bool cancels = false;
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
  // Not every op multiplies: relu lets nothing of an infinite gradient through where it is 0.
  if (!has_gradient(n) || std::isfinite(gradient_of(n)->item())) return passed;
  const std::vector<Value> parts = contributions(n, *gradient_of(n));
  for (std::size_t i = 0; i < passed.size(); ++i)
    if (passed[i].gradient) passed[i].gradient = Tensor(parts[i].item());
  return passed;
}

Tensor in_shape_of(const Node& operand, const Value& part) {
  Tensor received = Tensor::empty(operand.shape(), operand.dtype());
  if (received.numel() > 0)
    add_to(part.node()->borrowed_value(), received.raw(), operand.shape(), operand.dtype(), false);
  return received;
}

/// Each multiplied by another number between 0 and 1.
Tensor weighed_elements(const Tensor& t) {
  std::vector<double> x = t.to_vector();
  const std::vector<double> weights = Tensor::rand(t.shape(), 1).to_vector();
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= weights[i];
  return Tensor::from(x, t.shape()).to(t.dtype());
}

/// Sums over rows that cancel do so no more when the gradient of each element is weighed
/// differently; what a slope or a factor of 0 took away stays away.
void find_cancelled(Node& n, const Summary& gradient, std::vector<PassedBack>& passed) {
  if (!gradient.finite() || gradient.all_zero() || gradient.count < 2) return;
  std::vector<Value> weighed;
  for (std::size_t i = 0; i < passed.size(); ++i) {
    if (!passed[i].gradient) continue;
    const Summary s = summarise(*passed[i].gradient);
    if (s.count == 0 || !s.finite() || s.norm >= vanishing_part * gradient.norm) continue;
    if (weighed.empty()) weighed = contributions(n, weighed_elements(*gradient_of(n)));
    const Node& operand = *n.input(static_cast<int>(i));
    const double norm = summarise(in_shape_of(operand, weighed[i])).norm;
    constexpr double rounding = 1e-6;
    passed[i].cancels = norm > 0 && s.norm < rounding * norm;
  }
}

std::vector<PassedBack> tensors_passed_back(Node& n) {
  std::vector<PassedBack> passed(static_cast<std::size_t>(n.inputs()));
  if (!has_gradient(n)) return passed;
  const std::vector<Value> parts = contributions(n, *gradient_of(n));
  for (std::size_t i = 0; i < passed.size(); ++i) {
    const Node* operand = n.input(static_cast<int>(i));
    if (!wants_gradient(operand)) continue;
    passed[i].gradient = in_shape_of(*operand, parts[i]);
  }
  find_cancelled(n, summarise_gradient(n), passed);
  return passed;
}

/// One entry an operand of a node that an op made. Throws Error where a value that the derivative
/// reads was changed in place since.
std::vector<PassedBack> passed_back(Node& n) {
  return only_scalars(n) ? scalars_passed_back(n) : tensors_passed_back(n);
}

}  // namespace

Tensor slopes(const Node& n) {
  Node& node = const_cast<Node&>(n);
  return contributions(node, Tensor::ones(n.shape(), n.dtype()))[0].data();
}

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
  sum.cancels = a.cancels && b.cancels;
  sum.vanishes = a.vanishes && b.vanishes;
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
        own[k].cancels = passed[k].cancels;
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
