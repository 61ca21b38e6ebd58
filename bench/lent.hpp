// The engine's products for the limits, where products are not the question.
#pragma once

#include "limits/limits.hpp"

namespace bench {

/// A product on one thread: by Eigen or by the engine, whichever is faster for its shape, which is
/// found out the first time.
void multiply_by_fastest(const limits::Factor& a, const limits::Factor& b,
                         const limits::Target& to);

}  // namespace bench
