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
  Value loss() const { return brickgrad::nn::mse_loss(net(x), y); }
  double step(const Value& loss) {
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    return loss.item();
  }
};

/// `loss_of(state)` makes the function that computes the loss.
template <class Make>
Sides sides(const Make& loss_of) {
  const auto s = std::make_shared<Regression>();
  const auto loss = std::make_shared<decltype(loss_of(*s))>(loss_of(*s));
  const auto step = [s, loss] { return s->step((*loss)()); };
  return {[step](int steps) {
            for (int i = 0; i < steps; ++i) keep(step());
          },
          [s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->hand.step());
          },
          [s, step] {
            std::vector<Result> out{losses(
                20, [&] { return step(); }, [&] { return s->hand.step(); }, 1e-12)};
            const auto p = s->net.parameters();
            const double* const hand[] = {s->hand.w1[0], s->hand.b1, s->hand.w2[0], s->hand.b2};
            for (std::size_t i = 0; i < 4; ++i)
              out.push_back(same("parameter", p[i].data(), hand[i], 1e-12));
            return out;
          }};
}

}  // namespace

void regression_step(Workloads& all) {
  const auto plain = [](const Regression& s) { return [&s] { return s.loss(); }; };
  const auto compiled = [](const Regression& s) {
    return brickgrad::compile([&s] { return s.loss(); });
  };
  const std::string title = "2-3-2 step, 50 rows, squared error, float64";
  all.push_back({"regression_step", title, 3, [=] { return sides(plain); }});
  all.push_back(
      {"regression_step_compiled", "  the same, compiled", 3, [=] { return sides(compiled); }});
}

}  // namespace bench
