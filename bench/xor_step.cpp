// How long is a training step of the smallest net? 2-3-2 with biases on the four corners, sigmoid,
// softmax cross-entropy, gradient descent, float64: graph, forward, backward and update, beside the
// same step written by hand for these sizes.
#include <autograd/autograd.hpp>
#include <bit>
#include <cmath>
#include <nn/nn.hpp>

#include "measure.hpp"

namespace {

constexpr int steps = 500;
constexpr double rate = 0.5;
constexpr double inputs[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
constexpr int labels[4] = {0, 1, 1, 0};

/// e^x for |x| < 708 without a branch, so that the compiler can vectorise the loops around it:
/// x = k log 2 + r, and a Taylor polynomial for e^r.
inline double fast_exp(double x) {
  const double shift = 6755399441055744.0;  // 1.5 2^52: adding it rounds to an integer
  const double shifted = x * 1.4426950408889634 + shift;
  const double k = shifted - shift;
  const double r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10;
  double p = 1.0 / 479001600;
  for (double c : {1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720,
                   1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0, 1.0})
    p = p * r + c;
  return p * std::bit_cast<double>((std::bit_cast<std::int64_t>(shifted) + 1023) << 52);
}

struct ByHand {
  double w1[2][3] = {{.5, -.4, .3}, {.2, .7, -.6}}, b1[3] = {.1, -.1, .05};
  double w2[3][2] = {{.3, -.2}, {.4, .1}, {-.5, .6}}, b2[2] = {0, 0};

  double step() {
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
};

}  // namespace

int main() {
  using namespace brickgrad;
  const Value x = constant(Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}}));
  const std::vector<std::int64_t> y(labels, labels + 4);
  nn::Sequential net{nn::Linear(2, 3), nn::Sigmoid(), nn::Linear(3, 2)};
  nn::SGD optimizer(net.parameters(), {.lr = rate});
  ByHand hand;
  bench::compare(
      "XOR step, 2-3-2 with biases, 4 rows", 401, steps,
      [&] {
        for (int i = 0; i < steps; ++i) {
          const Value loss = nn::cross_entropy(net(x), y);
          optimizer.zero_grad();
          loss.backward();
          optimizer.step();
          bench::keep(loss.item());
        }
      },
      [&] {
        for (int i = 0; i < steps; ++i) bench::keep(hand.step());
      });
}
