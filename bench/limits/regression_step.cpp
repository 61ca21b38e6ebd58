#include "fast_exp.hpp"
#include "limits.hpp"
#include "vectors.hpp"

namespace limits {

double RegressionStep::step() {
  using V = Vector<double>;
  constexpr int n = lanes<double>, blocks = padded / n;
  const double *x0 = x, *x1 = x + padded, *y0 = y, *y1 = y + padded;
  V hidden[blocks][3];
  // Apart from what follows, so that the exponentials of many rows overlap.
  for (int i = 0; i < blocks; ++i) {
    const V u0 = load(x0 + i * n), u1 = load(x1 + i * n);
    V d[3];
    for (int j = 0; j < 3; ++j) d[j] = 1 + fast_exp(-(u0 * w1[0][j] + u1 * w1[1][j] + b1[j]));
    // One division for three reciprocals.
    const V d01 = d[0] * d[1], inverse = 1 / (d01 * d[2]), inverse01 = inverse * d[2];
    hidden[i][0] = inverse01 * d[1];
    hidden[i][1] = inverse01 * d[0];
    hidden[i][2] = inverse * d01;
  }
  V loss{}, d1[2][3] = {}, e1[3] = {}, d2[3][2] = {}, e2[2] = {};
  for (int i = 0; i < blocks; ++i) {
    const V u0 = load(x0 + i * n), u1 = load(x1 + i * n);
    const V* h = hidden[i];
    V g0 = h[0] * w2[0][0] + h[1] * w2[1][0] + h[2] * w2[2][0] + b2[0] - load(y0 + i * n);
    V g1 = h[0] * w2[0][1] + h[1] * w2[1][1] + h[2] * w2[2][1] + b2[1] - load(y1 + i * n);
    // Rows beyond the last count nothing.
    for (int k = 0; k < n; ++k) {
      g0[k] = i * n + k < rows ? g0[k] : 0;
      g1[k] = i * n + k < rows ? g1[k] : 0;
    }
    loss += g0 * g0 + g1 * g1;
    e2[0] += g0;
    e2[1] += g1;
    for (int j = 0; j < 3; ++j) {
      d2[j][0] += h[j] * g0;
      d2[j][1] += h[j] * g1;
      const V q = (g0 * w2[j][0] + g1 * w2[j][1]) * h[j] * (1 - h[j]);
      e1[j] += q;
      d1[0][j] += q * u0;
      d1[1][j] += q * u1;
    }
  }
  // The derivative of a square, and the mean over both columns.
  const double r = rate * 2 / (2 * rows);
  for (int j = 0; j < 3; ++j) {
    for (int k = 0; k < 2; ++k) {
      w1[k][j] -= r * sum_of<double>(d1[k][j]);
      w2[j][k] -= r * sum_of<double>(d2[j][k]);
    }
    b1[j] -= r * sum_of<double>(e1[j]);
  }
  for (int c = 0; c < 2; ++c) b2[c] -= r * sum_of<double>(e2[c]);
  return sum_of<double>(loss) / (2 * rows);
}

}  // namespace limits
