#include "fast_exp.hpp"
#include "limits.hpp"

#include <algorithm>
#include <cmath>

namespace limits {

double XorStep::step() {
  static constexpr double inputs[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  static constexpr int labels[4] = {0, 1, 1, 0};
  double h[4][3], p[4][2], loss = 0;
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 3; ++j)
      h[i][j] = 1 / (1 + fast_exp(-(inputs[i][0] * w1[0][j] + inputs[i][1] * w1[1][j] + b1[j])));
  for (int i = 0; i < 4; ++i) {
    double z[2];
    for (int c = 0; c < 2; ++c)
      z[c] = b2[c] + h[i][0] * w2[0][c] + h[i][1] * w2[1][c] + h[i][2] * w2[2][c];
    const double top = std::max(z[0], z[1]), e0 = fast_exp(z[0] - top), e1 = fast_exp(z[1] - top);
    loss += std::log(e0 + e1) + top - z[labels[i]];
    p[i][0] = e0 / (e0 + e1);
    p[i][1] = e1 / (e0 + e1);
    p[i][labels[i]] -= 1;
  }
  double d1[2][3] = {}, e1[3] = {}, d2[3][2] = {}, e2[2] = {};
  for (int i = 0; i < 4; ++i) {
    const double g0 = p[i][0] / 4, g1 = p[i][1] / 4;
    e2[0] += g0;
    e2[1] += g1;
    for (int j = 0; j < 3; ++j) {
      d2[j][0] += h[i][j] * g0;
      d2[j][1] += h[i][j] * g1;
      const double q = (g0 * w2[j][0] + g1 * w2[j][1]) * h[i][j] * (1 - h[i][j]);
      e1[j] += q;
      d1[0][j] += q * inputs[i][0];
      d1[1][j] += q * inputs[i][1];
    }
  }
  for (int j = 0; j < 3; ++j) {
    for (int k = 0; k < 2; ++k) {
      w1[k][j] -= rate * d1[k][j];
      w2[j][k] -= rate * d2[j][k];
    }
    b1[j] -= rate * e1[j];
  }
  for (int c = 0; c < 2; ++c) b2[c] -= rate * e2[c];
  return loss / 4;
}

}  // namespace limits
