// Training loops of whole networks ask the system for memory in their first steps only.
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/storage.hpp>
#include <functional>
#include <nn/nn.hpp>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

#ifndef BRICKGRAD_SANITIZE
namespace {

void check_steady(const nn::Module& net, const std::function<Value(const Value&)>& run,
                  nn::Optimizer& optimizer, const Tensor& images) {
  const Value x = constant(images);
  std::vector<std::int64_t> labels(static_cast<std::size_t>(images.size(0)));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i % 10);
  const auto step = [&] {
    const Value loss = nn::cross_entropy(run(x), labels);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    return loss.item();
  };
  const double first = step();
  step();
  step();
  const std::uint64_t before = system_allocations();
  double last = 0;
  for (int i = 0; i < 10; ++i) last = step();
  CHECK(system_allocations() == before);
  CHECK(last < first);
  CHECK(net.parameters().size() > 0);
}

}  // namespace

// One thread: another one asks for its scratch memory when it first gets some of the work.
TEST_CASE("training nets allocates nothing once it is warm", "[nn]") {
  const int threads = num_threads();
  set_num_threads(1);
  const auto mlp = [](auto make_optimizer) {
    const nn::MLP net({200, 100, 50, 10}, {.seed = 1, .dtype = float32});
    auto optimizer = make_optimizer(net.parameters());
    check_steady(
        net, [&](const Value& x) { return net(x); }, optimizer,
        Tensor::rand({64, 200}, 1, float32));
  };
  mlp([](const auto& p) { return nn::SGD(p, {.lr = 0.05, .momentum = 0.9}); });
  mlp([](const auto& p) { return nn::Adam(p, {.lr = 1e-3}); });

  const nn::Sequential net{nn::Conv2d(1, 8, 3, {.seed = 1, .dtype = float32}),
                           nn::ReLU(),
                           nn::MaxPool2d(2),
                           nn::Conv2d(8, 16, 3, {.padding = 1, .seed = 2, .dtype = float32}),
                           nn::ReLU(),
                           nn::MaxPool2d(2),
                           nn::Flatten(),
                           nn::Linear(576, 10, {.seed = 3, .dtype = float32})};
  nn::SGD optimizer(net.parameters(), {.lr = 0.05});
  check_steady(
      net, [&](const Value& x) { return net(x); }, optimizer,
      Tensor::rand({16, 1, 28, 28}, 1, float32));

  const nn::LSTM steps(12, 40, {.seed = 4});
  const nn::Linear last(40, 10, {.seed = 5});
  std::vector<Value> parameters = steps.parameters();
  for (const Value& p : last.parameters()) parameters.push_back(p);
  nn::Adam adam(parameters, {.lr = 1e-2});
  check_steady(
      steps, [&](const Value& x) { return last(steps.run(x).h); }, adam,
      Tensor::rand({20, 20, 12}, 6));
  set_num_threads(threads);
}

// What a worker takes, the caller releases: the worker must find it again.
TEST_CASE("training on two threads takes hardly any memory once it is warm", "[nn]") {
  const int threads = num_threads();
  set_num_threads(2);
  const nn::Sequential net{nn::Conv2d(1, 8, 3, {.seed = 1, .dtype = float32}), nn::ReLU(),
                           nn::MaxPool2d(2), nn::Flatten(),
                           nn::Linear(1352, 10, {.seed = 2, .dtype = float32})};
  nn::SGD optimizer(net.parameters(), {.lr = 0.01});
  const Value x = constant(Tensor::rand({64, 1, 28, 28}, 3, float32));
  const std::vector<std::int64_t> labels(64, 3);
  const auto train = [&](int steps) {
    for (int i = 0; i < steps; ++i) {
      const Value loss = nn::cross_entropy(net(x), labels);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
    }
  };
  train(30);
  const std::uint64_t before = system_bytes();
  train(200);
  CHECK(system_bytes() - before < std::uint64_t{2} << 20);
  set_num_threads(threads);
}

#endif
