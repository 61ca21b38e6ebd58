// How close to plain matrix products is a training step of a real net? 784-512-256-10 with ReLU and
// softmax cross-entropy, batch 128, float32.
#include <autograd/autograd.hpp>
#include <autograd/tensor/storage.hpp>
#include <memory>
#include <nn/nn.hpp>

#include "data.hpp"
#include "lent.hpp"

namespace bench {

namespace {

using limits::Mlp;

// Small, so that the net still learns when the last pair is timed.
constexpr double rate = 1e-4, momentum = 0.9;

struct Net {
  std::uint64_t bytes_before = brickgrad::system_bytes();
  Value x = brickgrad::constant(Tensor::rand({Mlp::batch, 784}, 4, brickgrad::float32));
  std::vector<std::int64_t> labels = std::vector<std::int64_t>(Mlp::batch);
  brickgrad::nn::MLP net{{784, 512, 256, 10}, {.seed = 1, .dtype = brickgrad::float32}};
  std::unique_ptr<brickgrad::nn::Optimizer> optimizer;
  Mlp hand;
  bool adam;
  std::uint64_t bytes = 0;  // at the peak of the first steps

  explicit Net(bool adam_) : adam(adam_) {
    if (adam)
      optimizer = std::make_unique<brickgrad::nn::Adam>(net.parameters(),
                                                        brickgrad::nn::AdamOptions{.lr = rate});
    else
      optimizer = std::make_unique<brickgrad::nn::SGD>(
          net.parameters(), brickgrad::nn::SGDOptions{.lr = rate, .momentum = momentum});
    const auto p = net.parameters();
    for (std::size_t i = 0; i < p.size(); ++i)
      copy<float>(p[i].data(), hand.layer[i / 2].parts[i % 2].value);
    copy<float>(x.data(), hand.x);
    hand.multiply = multiply_by_fastest;
    for (int i = 0; i < Mlp::batch; ++i)
      hand.labels[i] = labels[static_cast<std::size_t>(i)] = i * 7 % 10;
  }
  double step() {
    const Value loss = brickgrad::nn::cross_entropy(net(x), labels);
    optimizer->zero_grad();
    loss.backward();
    optimizer->step();
    return loss.item();
  }
  double hand_step() {
    const float loss = hand.gradients();
    adam ? hand.adam(rate) : hand.sgd(rate, momentum);
    return loss;
  }
  std::vector<Result> results() {
    Result loss{"loss", {}, {}, 1e-5};
    for (int i = 0; i < 3; ++i) loss.ours.push_back(step());
    // What comes now takes memory too.
    bytes = brickgrad::system_bytes() - bytes_before;
    for (int i = 0; i < 3; ++i) loss.limit.push_back(hand_step());
    std::vector<Result> out{loss};
    const auto p = net.parameters();
    for (std::size_t i = 0; i < p.size(); ++i) {
      const auto& part = hand.layer[i / 2].parts[i % 2];
      out.push_back(same<float>("gradient", p[i].grad(), part.gradient, 1e-3));
      out.push_back(same<float>("parameter", p[i].data(), part.value, 1e-3));
    }
    return out;
  }
  Memory memory() const {
    std::int64_t floats = hand.x.size();
    for (const Mlp::Layer& layer : hand.layer) {
      floats += layer.y.size() + layer.dy.size();
      for (const auto& part : layer.parts) floats += (adam ? 4 : 3) * part.value.size();
    }
    return {static_cast<double>(bytes), static_cast<double>(floats) * sizeof(float), 1.5};
  }
};

Sides sides(bool adam) {
  const auto s = std::make_shared<Net>(adam);
  Sides both{[s](int steps) {
               for (int i = 0; i < steps; ++i) keep(s->step());
             },
             [s](int steps) {
               for (int i = 0; i < steps; ++i) keep(s->hand_step());
             },
             [s] { return s->results(); }};
  // The second net would use the memory of the first one again.
  if (!adam) both.memory = [s] { return s->memory(); };
  return both;
}

}  // namespace

void mlp(Workloads& all) {
  all.push_back({"mlp_sgd", "MLP 784-512-256-10, batch 128, float32, momentum", 1.1,
                 [] { return sides(false); }});
  all.push_back({"mlp_adam", "MLP 784-512-256-10, batch 128, float32, Adam", 1.1,
                 [] { return sides(true); }});
}

}  // namespace bench
