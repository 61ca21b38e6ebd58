// And of a small one with more rows? 2-3-2 with biases on 50 rows, sigmoid, mean squared error,
// gradient descent, float64.
#include <autograd/autograd.hpp>
#include <memory>
#include <nn/nn.hpp>

#include "data.hpp"

namespace bench {

namespace {

constexpr int rows = limits::RegressionStep::rows, padded = limits::RegressionStep::padded;

struct Regression {
  Tensor inputs = Tensor::randn({rows, 2}, 3), y = Tensor::randn({rows, 2}, 4);
  Value x = brickgrad::constant(inputs);
  brickgrad::nn::Sequential net{brickgrad::nn::Linear(2, 3, {.seed = 1}), brickgrad::nn::Sigmoid(),
                                brickgrad::nn::Linear(3, 2, {.seed = 2})};
  brickgrad::nn::SGD optimizer{net.parameters(), {.lr = 0.01}};
  limits::RegressionStep hand;

  Regression() {
    const auto p = net.parameters();
    double* const to[] = {hand.w1[0], hand.b1, hand.w2[0], hand.b2};
    for (std::size_t i = 0; i < 4; ++i) copy(p[i].data(), to[i]);
    for (int i = 0; i < rows; ++i)
      for (int c = 0; c < 2; ++c) {
        hand.x[c * padded + i] = inputs(i, c);
        hand.y[c * padded + i] = y(i, c);
      }
    hand.rate = optimizer.lr();
  }
  double step() {
    const Value loss = brickgrad::nn::mse_loss(net(x), y);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    return loss.item();
  }
};

Sides sides() {
  const auto s = std::make_shared<Regression>();
  return {[s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->step());
          },
          [s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->hand.step());
          },
          [s] {
            std::vector<Result> out{losses(
                20, [&] { return s->step(); }, [&] { return s->hand.step(); }, 1e-12)};
            const auto p = s->net.parameters();
            const double* const hand[] = {s->hand.w1[0], s->hand.b1, s->hand.w2[0], s->hand.b2};
            for (std::size_t i = 0; i < 4; ++i)
              out.push_back(same("parameter", p[i].data(), hand[i], 1e-12));
            return out;
          }};
}

}  // namespace

void regression_step(Workloads& all) {
  all.push_back({"regression_step", "2-3-2 step, 50 rows, squared error, float64", 3, sides});
}

}  // namespace bench
