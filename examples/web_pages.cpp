// Two web pages to open in a browser: a computation that is walked through step by step, and a
// training with everything that changed under one slider.
//   web_pages [FOLDER]
#include <autograd/autograd.hpp>
#include <filesystem>
#include <nn/nn.hpp>
#include <string>

using namespace brickgrad;

namespace {

/// One expression, forward and backward.
void expression(const std::string& path) {
  const Value x = 2.0, y = -3.0;
  const Value f = tanh(x * y + sin(x)) / (1.0 + exp(-y));
  x.name("x");
  y.name("y");
  f.name("f");
  f.backward({.retain_grad = true});
  write_html(f, path, {.title = "tanh(x y + sin x) / (1 + exp(-y))"});
}

/// A network learns XOR.
double training(const std::string& path) {
  const Tensor X = Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  const std::vector<std::int64_t> labels{0, 1, 1, 0};
  nn::manual_seed(1);
  const nn::LinearOptions options{
      .init = [](const Value& w, std::uint64_t seed) { nn::init::uniform_(w, -1, 1, seed); }};
  const nn::Sequential net{nn::Linear(2, 3, options), nn::Sigmoid(), nn::Linear(3, 2, options)};
  nn::SGD opt(net.parameters(), {.lr = 2.0});
  nn::TrainingRecord record(net, X, labels, {.title = "A 2-3-2 network learns XOR"});
  constexpr int epochs = 2000;
  for (int epoch = 0; epoch <= epochs; ++epoch) {
    const Value loss = nn::cross_entropy(net(X), labels);
    opt.zero_grad();
    loss.backward();
    record.add(loss.item());
    if (epoch < epochs) opt.step();
  }
  record.write_html(path);
  return nn::accuracy(net(X), labels);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::filesystem::path folder = argc > 1 ? argv[1] : "build/pages";
    std::filesystem::create_directories(folder);
    const std::string steps = (folder / "expression.html").string();
    const std::string epochs = (folder / "training.html").string();
    expression(steps);
    fmt::print("wrote {}\n", steps);
    const double right = training(epochs);
    fmt::print("wrote {}\n", epochs);
    return right == 1 ? 0 : 1;
  } catch (const std::exception& e) {
    fmt::print(stderr, "web_pages: {}\n", e.what());
    return 1;
  }
}
