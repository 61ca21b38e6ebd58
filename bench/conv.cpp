// How close to hand-written loops is a training step of a small net of convolutions? 28 x 28 images
// through 8 and 16 kernels of 3 x 3, each with ReLU and pooling, batch 64, float32.
#include <autograd/autograd.hpp>
#include <memory>
#include <nn/nn.hpp>

#include "data.hpp"

namespace bench {

namespace {

using limits::ConvNet;

constexpr double rate = 1e-3;
constexpr auto dtype = brickgrad::float32;

struct Images {
  Value x = brickgrad::constant(Tensor::rand({ConvNet::batch, 1, 28, 28}, 4, dtype));
  std::vector<std::int64_t> labels = std::vector<std::int64_t>(ConvNet::batch);
  brickgrad::nn::Sequential net{brickgrad::nn::Conv2d(1, 8, 3, {.seed = 1, .dtype = dtype}),
                                brickgrad::nn::ReLU(),
                                brickgrad::nn::MaxPool2d(2),
                                brickgrad::nn::Conv2d(8, 16, 3, {.seed = 2, .dtype = dtype}),
                                brickgrad::nn::ReLU(),
                                brickgrad::nn::MaxPool2d(2),
                                brickgrad::nn::Flatten(),
                                brickgrad::nn::Linear(400, 10, {.seed = 3, .dtype = dtype})};
  brickgrad::nn::SGD optimizer{net.parameters(), {.lr = rate}};
  ConvNet hand;

  std::vector<ConvNet::Parameter*> hand_parameters() {
    return {&hand.w1, &hand.b1, &hand.w2, &hand.b2, &hand.w3, &hand.b3};
  }
  Images() {
    hand.rate = rate;
    copy<float>(x.data(), hand.x);
    const auto p = net.parameters();
    for (std::size_t i = 0; i < p.size(); ++i)
      copy<float>(p[i].data(), hand_parameters()[i]->value);
    for (int i = 0; i < ConvNet::batch; ++i)
      hand.labels[i] = labels[static_cast<std::size_t>(i)] = i * 7 % 10;
  }
  double step() {
    const Value loss = brickgrad::nn::cross_entropy(net(x), labels);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    return loss.item();
  }
  std::vector<Result> results() {
    std::vector<Result> out{losses(
        3, [this] { return step(); }, [this] { return hand.step(); }, 1e-5)};
    const auto p = net.parameters();
    for (std::size_t i = 0; i < p.size(); ++i) {
      const ConvNet::Parameter& q = *hand_parameters()[i];
      out.push_back(same<float>("gradient", p[i].grad(), q.gradient, 1e-3));
      out.push_back(same<float>("parameter", p[i].data(), q.value, 1e-5));
    }
    return out;
  }
};

Sides sides() {
  const auto s = std::make_shared<Images>();
  return {[s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->step());
          },
          [s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->hand.step());
          },
          [s] { return s->results(); }};
}

}  // namespace

void conv(Workloads& all) {
  all.push_back({"conv", "conv net 8@3x3, 16@3x3, batch 64, float32", 1.5, sides});
}

}  // namespace bench
