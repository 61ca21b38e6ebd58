#include <autograd/graph/functions.hpp>
#include <autograd/graph/sum_to.hpp>

namespace brickgrad::internal {

Value sum_to(const Value& v, const Shape& shape) {
  const Shape from = v.shape();
  if (from == shape) return v;
  Axes axes;
  const int extra = from.rank() - shape.rank();
  for (int i = 0; i < from.rank(); ++i)
    if (i < extra || (shape[i - extra] == 1 && from[i] != 1)) axes.push_back(i);
  // No axes would mean all of them.
  const Value summed = axes.empty() ? v : sum(v, axes);
  return summed.shape() == shape ? summed : reshape(summed, shape);
}

}  // namespace brickgrad::internal
