// How long is a training step of the smallest net? 2-3-2 with biases on the four corners, sigmoid,
// softmax cross-entropy, gradient descent, float64: graph, forward, backward and update.
#include <autograd/autograd.hpp>
#include <memory>
#include <nn/nn.hpp>

#include "data.hpp"

namespace bench {

namespace {

struct Xor {
  Value x = brickgrad::constant(Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}}));
  std::vector<std::int64_t> y = {0, 1, 1, 0};
  brickgrad::nn::Sequential net{brickgrad::nn::Linear(2, 3, {.seed = 1}), brickgrad::nn::Sigmoid(),
                                brickgrad::nn::Linear(3, 2, {.seed = 2})};
  brickgrad::nn::SGD optimizer{net.parameters(), {.lr = 0.5}};
  limits::XorStep hand;

  Xor() {
    const auto p = net.parameters();
    double* const to[] = {hand.w1[0], hand.b1, hand.w2[0], hand.b2};
    for (std::size_t i = 0; i < 4; ++i) copy(p[i].data(), to[i]);
    hand.rate = optimizer.lr();
  }
  Value loss() const { return brickgrad::nn::cross_entropy(net(x), y); }
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
  const auto s = std::make_shared<Xor>();
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

void xor_step(Workloads& all) {
  const auto plain = [](const Xor& s) { return [&s] { return s.loss(); }; };
  const auto compiled = [](const Xor& s) { return brickgrad::compile([&s] { return s.loss(); }); };
  const std::string title = "XOR step, 2-3-2, 4 rows, float64";
  all.push_back({"xor_step", title, 4, [=] { return sides(plain); }});
  all.push_back({"xor_step_compiled", "  the same, compiled", 4, [=] { return sides(compiled); }});
}

}  // namespace bench
