// The engine's products for the limits whose products are not the question: these take the faster
// of Eigen's and ours.
#pragma once

#include <functional>

#include "limits/limits.hpp"

namespace bench {

/// What `step` is faster with, which sees to it that its products are those it is called with.
limits::Multiply faster_products(const std::function<void(limits::Multiply)>& step);

}  // namespace bench
