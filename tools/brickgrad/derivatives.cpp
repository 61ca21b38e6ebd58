#include "derivatives.hpp"

#include <autograd/error.hpp>
#include <autograd/transform/grad.hpp>
#include <unordered_set>

namespace tools {

using namespace brickgrad;

namespace {

/// x, or x[0,1] and so on in row-major order.
void add_labels(const Value& leaf, std::vector<std::string>& labels) {
  const Shape shape = leaf.shape();
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    std::vector<std::int64_t> index;
    for (std::int64_t rest = i, axis = shape.rank(); axis-- > 0; rest /= shape[axis])
      index.insert(index.begin(), rest % shape[axis]);
    labels.push_back(index.empty() ? leaf.name()
                                   : fmt::format("{}[{}]", leaf.name(), fmt::join(index, ",")));
  }
}

}  // namespace

std::vector<Tensor> first_derivatives(const Value& result, const Leaves& leaves) {
  std::vector<Tensor> out;
  if (result.rank() == 0) {
    for (const Value& g : grad(result, leaves)) out.push_back(g.data());
    return out;
  }
  constexpr std::int64_t most = 1000;
  if (result.numel() > most)
    fail(
        "the result has shape {}; derivatives are of a scalar, such as sum(...), or of up to {} "
        "elements",
        result.shape(), most);
  std::vector<std::vector<Tensor>> rows(leaves.size());
  for (std::int64_t i = 0; i < result.numel(); ++i) {
    const Tensor seed = Tensor::zeros(result.shape(), result.dtype());
    reshape(seed, {-1}).set({i}, 1);
    const auto g = grad(result, leaves, constant(seed));
    for (std::size_t k = 0; k < leaves.size(); ++k)
      rows[k].push_back(reshape(g[k].data(), {1, -1}));
  }
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    Dims shape = result.shape();
    for (const std::int64_t extent : leaves[k].shape()) shape.push_back(extent);
    out.push_back(rows[k].empty() ? Tensor::zeros(Shape(shape), result.dtype())
                                  : reshape(concat(rows[k]), shape));
  }
  return out;
}

Hessian second_derivatives(const Value& result, const Leaves& leaves) {
  constexpr std::int64_t most = 500;
  if (result.rank() != 0)
    fail("the Hessian is of a scalar; the result has shape {}: sum(...) makes one", result.shape());
  Hessian h;
  std::int64_t elements = 0;
  for (const Value& leaf : leaves) elements += leaf.numel();
  if (elements > most)
    fail("the Hessian is for up to {} elements of the inputs together; there are {}", most,
         elements);
  std::vector<Tensor> rows;
  const auto first = grad(result, leaves, {.create_graph = true});
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    add_labels(leaves[k], h.labels);
    const Value g = reshape(first[k], {-1});
    for (std::int64_t i = 0; i < leaves[k].numel(); ++i) {
      std::vector<Tensor> row;
      for (const Value& second : grad(g[i], leaves)) row.push_back(reshape(second.data(), {-1}));
      rows.push_back(reshape(concat(row), {1, -1}));
    }
  }
  h.matrix = rows.empty() ? Tensor::zeros({0, 0}) : concat(rows);
  return h;
}

Leaves used_by(const Value& result, const Leaves& leaves) {
  std::unordered_set<const internal::Node*> seen{result.node()};
  std::vector<const internal::Node*> waiting{result.node()};
  while (!waiting.empty()) {
    const internal::Node* n = waiting.back();
    waiting.pop_back();
    for (int i = 0; i < n->inputs(); ++i)
      if (const internal::Node* input = n->input(i); input && seen.insert(input).second)
        waiting.push_back(input);
  }
  Leaves out;
  for (const Value& leaf : leaves)
    if (seen.contains(leaf.node())) out.push_back(leaf);
  return out;
}

}  // namespace tools
