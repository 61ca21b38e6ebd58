#include <autograd/error.hpp>
#include <autograd/graph/sum_to.hpp>
#include <autograd/transform/grad.hpp>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace brickgrad {
namespace {

using internal::Node;

/// The nodes between f and the targets, deepest first.
std::vector<Node*> nodes_between(Node* f, const std::unordered_set<Node*>& targets) {
  std::map<std::uint32_t, std::vector<Node*>, std::greater<>> levels;
  std::unordered_set<Node*> seen{f};
  std::vector<Node*> order, waiting{f};
  while (!waiting.empty()) {
    Node* n = waiting.back();
    waiting.pop_back();
    levels[n->depth].push_back(n);
    for (int i = 0; i < n->inputs(); ++i)
      if (Node* input = n->input(i); input && input->is(internal::requires_grad))
        if (seen.insert(input).second) waiting.push_back(input);
  }
  for (auto& [depth, nodes] : levels) order.insert(order.end(), nodes.begin(), nodes.end());
  // From the leaves up: what depends on a target.
  std::unordered_set<Node*> depends;
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    bool wanted = targets.contains(*it);
    for (int i = 0; i < (*it)->inputs() && !wanted; ++i)
      wanted = (*it)->input(i) && depends.contains((*it)->input(i));
    if (wanted) depends.insert(*it);
  }
  std::erase_if(order, [&](Node* n) { return !depends.contains(n); });
  return order;
}

}  // namespace

std::vector<Value> grad(const Value& f, const std::vector<Value>& x, const Value& seed,
                        const GradOptions& options) {
  if (seed.shape() != f.shape())
    fail("grad: the seed has shape {}, the value {}; they must be the same", seed.shape(),
         f.shape());
  internal::leave_graph();  // without create_graph, what follows is not recorded
  const bool before = std::exchange(internal::grad_enabled, options.create_graph);
  struct Restore {
    bool before;
    ~Restore() { internal::grad_enabled = before; }
  } restore{before};

  std::unordered_set<Node*> targets;
  for (const Value& v : x) targets.insert(v.node());
  std::unordered_map<Node*, Value> adjoints{{f.node(), seed.to(f.dtype())}};
  const std::vector<Node*> order = nodes_between(f.node(), targets);
  const std::unordered_set<Node*> wanted(order.begin(), order.end());
  std::vector<Value> contributions;
  for (Node* n : order) {
    const auto found = adjoints.find(n);
    if (found == adjoints.end() || n->inputs() == 0) continue;
    const Value g = found->second;
    if (!targets.contains(n)) adjoints.erase(found);
    contributions.assign(static_cast<std::size_t>(n->inputs()), Value());
    n->op->gradient(*n, g, contributions);
    for (int i = 0; i < n->inputs(); ++i) {
      Value& c = contributions[static_cast<std::size_t>(i)];
      Node* input = n->input(i);
      if (!c.node_or_null() || !wanted.contains(input)) continue;
      c = internal::sum_to(c, input->shape());
      const auto [it, fresh] = adjoints.try_emplace(input, c);
      if (!fresh) it->second = it->second + c;
    }
  }
  std::vector<Value> out;
  for (const Value& v : x) {
    const auto it = adjoints.find(v.node());
    out.push_back(it != adjoints.end() ? it->second
                                       : constant(Tensor::zeros(v.shape(), v.dtype())));
  }
  return out;
}

std::vector<Value> grad(const Value& f, const std::vector<Value>& x, const GradOptions& options) {
  if (f.rank() != 0)
    fail("grad: the value has shape {}, not (); reduce it with sum() or mean(), or pass a seed",
         f.shape());
  return grad(f, x, constant(Tensor::ones({}, f.dtype())), options);
}

Value grad(const Value& f, const Value& x, const GradOptions& options) {
  return grad(f, std::vector{x}, options)[0];
}

std::pair<Tensor, Tensor> value_and_grad(const Function& fn, const Tensor& x) {
  const Value leaf(x.clone());
  const Value y = fn(leaf);
  return {y.data(), grad(y, leaf).data()};
}

namespace {

Shape joined_shape(const Shape& a, const Shape& b) {
  Dims out = a;
  for (auto d : b) out.push_back(d);
  return Shape(out);
}

/// Row i of the Jacobian of y: the gradient of its element i.
Tensor jacobian_of(const Value& y, const Value& x) {
  Tensor out = Tensor::zeros({y.numel(), x.numel()}, x.dtype());
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    Tensor seed = Tensor::zeros({y.numel()}, y.dtype());
    seed.set({i}, 1);
    const auto row = grad(y, {x}, constant(reshape(seed, y.shape())));
    out[i].copy_(reshape(row[0].data(), {x.numel()}));
  }
  return reshape(out, joined_shape(y.shape(), x.shape()));
}

Value scalar_result(const Function& fn, const Value& x, const char* name) {
  Value y = fn(x);
  if (y.rank() != 0)
    fail("{}: the function returned shape {}; it must return a scalar", name, y.shape());
  return y;
}

}  // namespace

Tensor jacobian(const Function& fn, const Tensor& x) {
  const Value leaf(x.clone());
  return jacobian_of(fn(leaf), leaf);
}

Tensor hessian(const Function& fn, const Tensor& x) {
  const Value leaf(x.clone());
  return jacobian_of(grad(scalar_result(fn, leaf, "hessian"), leaf, {.create_graph = true}), leaf);
}

Tensor hvp(const Function& fn, const Tensor& x, const Tensor& v) {
  if (v.shape() != x.shape())
    fail("hvp: the vector has shape {}, the point {}; they must be the same", v.shape(), x.shape());
  const Value leaf(x.clone());
  const Value g = grad(scalar_result(fn, leaf, "hvp"), leaf, {.create_graph = true});
  return grad(sum(g * v), leaf).data();
}

std::pair<Tensor, std::function<Tensor(const Tensor&)>> vjp(const Function& fn, const Tensor& x) {
  const Value leaf(x.clone());
  const Value y = fn(leaf);
  return {y.data(), [leaf, y](const Tensor& cotangent) {
            return grad(y, {leaf}, constant(cotangent))[0].data();
          }};
}

std::pair<Tensor, Tensor> jvp(const Function& fn, const Tensor& x, const Tensor& dx) {
  if (dx.shape() != x.shape())
    fail("jvp: the direction has shape {}, the point {}; they must be the same", dx.shape(),
         x.shape());
  // The pullback is linear in its cotangent u, and the derivative of <pullback(u), dx> to u is the
  // derivative of fn in the direction dx.
  const Value leaf(x.clone());
  const Value y = fn(leaf);
  const Value u(Tensor::zeros(y.shape(), y.dtype()));
  const Value pulled = grad(y, {leaf}, u, {.create_graph = true})[0];
  return {y.data(), grad(sum(pulled * dx), u).data()};
}

}  // namespace brickgrad
