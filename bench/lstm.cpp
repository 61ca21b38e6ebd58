// What does a recurrent net cost beside its products? An LSTM over 32 steps, 128 inputs, 128
// hidden, batch 32, float32; the loss is the mean square of the last output; gradients of all
// weights. Once as a layer, which has all steps in one op, and once as single cells.
#include <autograd/autograd.hpp>
#include <memory>
#include <nn/nn.hpp>
#include <tuple>

#include "data.hpp"
#include "lent.hpp"

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
    hand.multiply = multiply_by_fastest;
  }
  Value last_of_layer() const { return net.run(x).h; }
  Value last_of_cells() const {
    const Tensor zero = Tensor::zeros({Lstm::batch, Lstm::hidden}, dtype);
    Value h = brickgrad::constant(zero), c = brickgrad::constant(zero);
    for (int t = 0; t < Lstm::steps; ++t)
      std::tie(h, c) = lstm_cell(x[t], h, c, net.weight_ih(), net.weight_hh(), net.bias());
    return h;
  }
  double step(Value (Sequence::*last)() const) {
    const Value loss = mean(square((this->*last)()));
    net.zero_grad();
    loss.backward();
    return loss.item();
  }
};

Sides sides(Value (Sequence::*last)() const) {
  const auto s = std::make_shared<Sequence>();
  return {[s, last](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->step(last));
          },
          [s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->hand.step());
          },
          [s, last] {
            return std::vector<Result>{
                same("loss", s->step(last), s->hand.step(), 1e-5),
                same<float>("gradient of w_ih", s->net.weight_ih().grad(), s->hand.d_w_ih, 1e-4),
                same<float>("gradient of w_hh", s->net.weight_hh().grad(), s->hand.d_w_hh, 1e-4),
                same<float>("gradient of b", s->net.bias().grad(), s->hand.d_b, 1e-4)};
          }};
}

}  // namespace

void lstm(Workloads& all) {
  all.push_back({"lstm", "LSTM 128-128, 32 steps, batch 32, float32", 1.25,
                 [] { return sides(&Sequence::last_of_layer); }});
  all.push_back({"lstm_cells", "the same as 32 lstm_cell", 1.25,
                 [] { return sides(&Sequence::last_of_cells); }});
}

}  // namespace bench
