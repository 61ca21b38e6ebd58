#include "limits.hpp"

namespace limits {

void Triad::step(float s) {
  float* __restrict to = a;
  const float* __restrict from = b, * __restrict scaled = c;
  for (std::int64_t i = 0; i < a.size(); ++i) to[i] = from[i] + s * scaled[i];
}

}  // namespace limits
