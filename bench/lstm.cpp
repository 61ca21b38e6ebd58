// What does a recurrent net cost beside its products? An LSTM over 32 steps, 128 inputs, 128
// hidden, batch 32, float32; the loss is the mean square of the last output; gradients of all
// weights.
#include <autograd/autograd.hpp>
#include <memory>
#include <nn/nn.hpp>

#include "data.hpp"

namespace bench {

namespace {

using limits::Lstm;

constexpr auto dtype = brickgrad::float32;

struct Sequence {
  Value x = brickgrad::constant(Tensor::randn({Lstm::steps, Lstm::batch, Lstm::inputs}, 1, dtype));
  brickgrad::nn::LSTM net{Lstm::inputs, Lstm::hidden, {.seed = 2, .dtype = dtype}};
  Lstm hand;

  Sequence() {
    copy<float>(x.data(), hand.x);
    copy<float>(net.weight_ih().data(), hand.w_ih);
    copy<float>(net.weight_hh().data(), hand.w_hh);
    copy<float>(net.bias().data(), hand.b);
  }
  double step() {
    const Value loss = mean(square(net.run(x).h));
    net.zero_grad();
    loss.backward();
    return loss.item();
  }
};

Sides sides() {
  const auto s = std::make_shared<Sequence>();
  return {[s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->step());
          },
          [s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->hand.step());
          },
          [s] {
            return std::vector<Result>{
                same("loss", s->step(), s->hand.step(), 1e-5),
                same<float>("gradient of w_ih", s->net.weight_ih().grad(), s->hand.d_w_ih, 1e-4),
                same<float>("gradient of w_hh", s->net.weight_hh().grad(), s->hand.d_w_hh, 1e-4),
                same<float>("gradient of b", s->net.bias().grad(), s->hand.d_b, 1e-4)};
          }};
}

}  // namespace

void lstm(Workloads& all) {
  all.push_back({"lstm", "LSTM 128-128, 32 steps, batch 32, float32", 1.25, sides});
}

}  // namespace bench
