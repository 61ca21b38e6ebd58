// Broadcasting undone in what is recorded.
#pragma once

#include <autograd/graph/value.hpp>

namespace brickgrad::internal {

/// A recorded value summed to the shape that it was broadcast from.
Value sum_to(const Value& v, const Shape& shape);

}  // namespace brickgrad::internal
