#include "limits.hpp"

namespace limits {

double ScalarChain::step() {
  double y = x, dx = 0, dy = 1;
  for (double& v : values) {
    v = y;
    y = y * x + c;
  }
  for (auto i = values.size(); i-- > 0;) {
    dx += dy * values[i];
    dy *= x;
  }
  return dx + dy;
}

}  // namespace limits
