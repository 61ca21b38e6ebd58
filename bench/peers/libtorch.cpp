// Each workload as LibTorch's users write it, from the numbers that ours starts with.
#include <dlfcn.h>
#include <torch/torch.h>
#include <memory>

#include <nn/nn.hpp>

#include "peer.hpp"

namespace bench {

namespace {

namespace nn = torch::nn;
using torch::Tensor;

/// The numbers of a contiguous tensor, where they lie, in another library.
Tensor shared(const brickgrad::Tensor& from) {
  std::vector<std::int64_t> shape;
  for (int i = 0; i < from.rank(); ++i) shape.push_back(from.size(i));
  const auto type = from.dtype() == brickgrad::float32 ? torch::kFloat32 : torch::kFloat64;
  return torch::from_blob(from.raw(), shape, type);
}
/// The same numbers in memory of that library.
Tensor copied(const brickgrad::Tensor& from) { return shared(from.contiguous()).clone(); }
Tensor leaf(const brickgrad::Tensor& from) { return copied(from).requires_grad_(); }

/// LibTorch keeps weights as (out, in), ours are (in, out).
void set(nn::Linear& to, const brickgrad::nn::Linear& from) {
  to->weight.set_data(copied(from.weight().data()).t().contiguous());
  to->bias.set_data(copied(from.bias().data()));
}

Tensor classes(int count, int step) {
  Tensor labels = torch::empty({count}, torch::kInt64);
  for (int i = 0; i < count; ++i) labels[i] = i * step % 10;
  return labels;
}

/// A net, an optimiser and a loss of the net's result: one training step.
struct Training {
  nn::Sequential net;
  std::unique_ptr<torch::optim::Optimizer> optimizer;
  Tensor x, y;
  bool classify = true;
  double step() {
    const Tensor out = net->forward(x);
    const Tensor loss =
        classify ? nn::functional::cross_entropy(out, y) : nn::functional::mse_loss(out, y);
    optimizer->zero_grad();
    loss.backward();
    optimizer->step();
    return loss.item<double>();
  }
};

Peer peer_of(const std::shared_ptr<Training>& t) {
  return {[t] { return t->step(); }};
}

nn::Sequential small_net() {
  nn::Linear first(2, 3), second(3, 2);
  set(first, brickgrad::nn::Linear(2, 3, {.seed = 1}));
  set(second, brickgrad::nn::Linear(3, 2, {.seed = 2}));
  return nn::Sequential(first, nn::Sigmoid(), second);
}

Peer xor_step_of_torch() {
  auto t = std::make_shared<Training>();
  t->net = small_net();
  t->x = torch::tensor({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}}, torch::kFloat64);
  t->y = torch::tensor({0, 1, 1, 0}, torch::kInt64);
  t->optimizer = std::make_unique<torch::optim::SGD>(t->net->parameters(), 0.5);
  return peer_of(t);
}

Peer regression_step_of_torch() {
  auto t = std::make_shared<Training>();
  t->net = small_net();
  t->x = copied(brickgrad::Tensor::randn({50, 2}, 3));
  t->y = copied(brickgrad::Tensor::randn({50, 2}, 4));
  t->classify = false;
  t->optimizer = std::make_unique<torch::optim::SGD>(t->net->parameters(), 0.01);
  return peer_of(t);
}

Peer mlp_of_torch(bool adam) {
  constexpr double rate = 1e-4;
  const brickgrad::nn::MLP ours{{784, 512, 256, 10}, {.seed = 1, .dtype = brickgrad::float32}};
  auto t = std::make_shared<Training>();
  nn::Linear a(784, 512), b(512, 256), c(256, 10);
  set(a, ours.at<brickgrad::nn::Linear>(0));
  set(b, ours.at<brickgrad::nn::Linear>(2));
  set(c, ours.at<brickgrad::nn::Linear>(4));
  t->net = nn::Sequential(a, nn::ReLU(), b, nn::ReLU(), c);
  t->x = copied(brickgrad::Tensor::rand({128, 784}, 4, brickgrad::float32));
  t->y = classes(128, 7);
  if (adam)
    t->optimizer = std::make_unique<torch::optim::Adam>(t->net->parameters(), rate);
  else
    t->optimizer = std::make_unique<torch::optim::SGD>(
        t->net->parameters(), torch::optim::SGDOptions(rate).momentum(0.9));
  return peer_of(t);
}

Peer conv_of_torch() {
  const auto dtype = brickgrad::float32;
  const brickgrad::nn::Conv2d one(1, 8, 3, {.seed = 1, .dtype = dtype}),
      two(8, 16, 3, {.seed = 2, .dtype = dtype});
  nn::Conv2d first(1, 8, 3), second(8, 16, 3);
  nn::Linear last(400, 10);
  for (auto [to, from] : {std::pair(&first, &one), std::pair(&second, &two)}) {
    (*to)->weight.set_data(copied(from->parameters()[0].data()));
    (*to)->bias.set_data(copied(from->parameters()[1].data()));
  }
  set(last, brickgrad::nn::Linear(400, 10, {.seed = 3, .dtype = dtype}));
  auto t = std::make_shared<Training>();
  t->net = nn::Sequential(first, nn::ReLU(), nn::MaxPool2d(2), second, nn::ReLU(), nn::MaxPool2d(2),
                          nn::Flatten(), last);
  t->x = copied(brickgrad::Tensor::rand({64, 1, 28, 28}, 4, dtype));
  t->y = classes(64, 7);
  t->optimizer = std::make_unique<torch::optim::SGD>(t->net->parameters(), 1e-3);
  return peer_of(t);
}

template <class T>
Peer elementwise_of_torch() {
  constexpr auto dtype = brickgrad::dtype_of<T>;
  std::vector<Tensor> leaves;
  for (std::uint64_t seed : {1, 2, 3})
    leaves.push_back(leaf(brickgrad::Tensor::randn({1'000'000}, seed, dtype)));
  return {[leaves] {
    const Tensor &x = leaves[0], &w = leaves[1], &b = leaves[2];
    const Tensor loss = torch::sum(torch::sigmoid(torch::tanh(x * w) + b) * torch::exp(-x * x));
    for (Tensor v : leaves) v.mutable_grad() = Tensor();
    loss.backward();
    return loss.item<double>();
  }};
}

template <class T>
Peer gemm_of_torch() {
  constexpr auto dtype = brickgrad::dtype_of<T>;
  const Tensor a = leaf(brickgrad::Tensor::randn({1024, 1024}, 1, dtype)),
               b = leaf(brickgrad::Tensor::randn({1024, 1024}, 2, dtype)),
               dc = copied(brickgrad::Tensor::randn({1024, 1024}, 3, dtype));
  return {[a, b, dc]() mutable {
    const Tensor c = torch::matmul(a, b);
    a.mutable_grad() = Tensor();
    b.mutable_grad() = Tensor();
    c.backward(dc);
    return c[0][0].item<double>();
  }};
}

/// Gates in the order of ours; LibTorch has two biases, of which one is 0.
Peer lstm_of_torch() {
  const auto dtype = brickgrad::float32;
  const brickgrad::nn::LSTM ours{128, 128, {.seed = 2, .dtype = dtype}};
  auto net = std::make_shared<nn::LSTM>(nn::LSTMOptions(128, 128));
  auto p = (*net)->named_parameters();
  p["weight_ih_l0"].set_data(copied(ours.weight_ih().data()).t().contiguous());
  p["weight_hh_l0"].set_data(copied(ours.weight_hh().data()).t().contiguous());
  p["bias_ih_l0"].set_data(copied(ours.bias().data()));
  p["bias_hh_l0"].set_data(torch::zeros({512}));
  const Tensor x = copied(brickgrad::Tensor::randn({32, 32, 128}, 1, dtype));
  return {[net, x] {
    const auto [out, state] = (*net)->forward(x);
    const Tensor loss = torch::mean(torch::square(std::get<0>(state)));
    (*net)->zero_grad();
    loss.backward();
    return loss.item<double>();
  }};
}

struct AttentionOfTorch {
  static nn::Linear layer(int in, int out, std::uint64_t seed) {
    nn::Linear l(in, out);
    set(l, brickgrad::nn::Linear(in, out, {.seed = seed, .dtype = brickgrad::float32}));
    return l;
  }
  nn::LayerNorm norm1{nn::LayerNormOptions({64})}, norm2{nn::LayerNormOptions({64})};
  nn::Linear query = layer(64, 64, 1), key = layer(64, 64, 2), value = layer(64, 64, 3),
             out = layer(64, 64, 4), up = layer(64, 256, 5), down = layer(256, 64, 6);
  Tensor x = copied(brickgrad::Tensor::randn({16, 64, 64}, 1, brickgrad::float32));

  double step() {
    const Tensor in = norm1(x);
    const Tensor scores = torch::matmul(query(in), key(in).transpose(1, 2)) / 8;
    const Tensor middle = x + out(torch::matmul(torch::softmax(scores, -1), value(in)));
    const Tensor loss = torch::mean(torch::square(middle + down(torch::relu(up(norm2(middle))))));
    norm1->zero_grad();
    norm2->zero_grad();
    for (auto* l : {&query, &key, &value, &out, &up, &down}) (*l)->zero_grad();
    loss.backward();
    return loss.item<double>();
  }
};

Peer scalar_chain_of_torch() {
  return {[] {
    const Tensor x = torch::tensor(0.9999, torch::dtype(torch::kFloat64)).requires_grad_();
    Tensor y = x;
    for (int i = 0; i < 50'000; ++i) y = y * x + 0.001;
    y.backward();
    return x.grad().item<double>();
  }};
}

Peer memory_of_torch(const std::string& what, const std::vector<brickgrad::Tensor>& inputs) {
  const torch::NoGradGuard none;
  const Tensor x = shared(inputs.at(0)), row = shared(inputs.at(1));
  const auto of = [x, row](auto run) {
    // As ours, the first numbers of the first row.
    return Peer{[x, row, run] {
      const Tensor y = run(x, row);
      return static_cast<double>(*y.template data_ptr<float>());
    }};
  };
  using T = const Tensor&;
  if (what.starts_with("sum") && !what.starts_with("sum_axis"))
    return of([](T t, T) { return torch::sum(t); });
  if (what == "sum_axis0") return of([](T t, T) { return torch::sum(t, 0); });
  if (what == "sum_axis1") return of([](T t, T) { return torch::sum(t, 1); });
  if (what == "softmax") return of([](T t, T) { return torch::softmax(t, 1); });
  if (what == "layer_norm") return of([](T t, T r) { return torch::layer_norm(t, {4096}, r, r); });
  if (what == "transpose") return of([](T t, T) { return t.t().contiguous(); });
  return of([](T t, T r) { return t + r; });
}

}  // namespace

Peer libtorch(const std::string& workload, const std::vector<brickgrad::Tensor>& inputs) {
  // Parameters of modules are made in the default type.
  const bool in_float64 = workload == "xor_step" || workload == "regression_step";
  torch::set_default_dtype(
      caffe2::TypeMeta::fromScalarType(in_float64 ? torch::kFloat64 : torch::kFloat32));
  if (workload == "xor_step") return xor_step_of_torch();
  if (workload == "regression_step") return regression_step_of_torch();
  if (workload == "mlp_sgd") return mlp_of_torch(false);
  if (workload == "mlp_adam") return mlp_of_torch(true);
  if (workload == "elementwise_float32") return elementwise_of_torch<float>();
  if (workload == "elementwise_float64") return elementwise_of_torch<double>();
  if (workload == "gemm_float32") return gemm_of_torch<float>();
  if (workload == "gemm_float64") return gemm_of_torch<double>();
  if (workload == "conv") return conv_of_torch();
  if (workload == "lstm") return lstm_of_torch();
  if (workload == "attention") {
    const auto block = std::make_shared<AttentionOfTorch>();
    return {[block] { return block->step(); }};
  }
  if (workload == "scalar_chain") return scalar_chain_of_torch();
  if (workload.starts_with("memory_")) return memory_of_torch(workload.substr(7), inputs);
  return {};
}

std::string libtorch_version() { return TORCH_VERSION; }

void set_libtorch_threads(int count) {
  at::set_num_threads(count);
  // Debian's LibTorch multiplies with the system's BLAS, whose threads it does not know of.
  if (void* set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
    reinterpret_cast<void (*)(int)>(set)(count);
}

}  // namespace bench
