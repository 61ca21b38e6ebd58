// The demo: a 2-3-2 network learns XOR, and shows what it computed.
#include <unistd.h>
#include <autograd/autograd.hpp>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <nn/nn.hpp>
#include <string>
#include <string_view>

using namespace brickgrad;

namespace {

constexpr std::string_view usage = R"(Usage: xor_demo [--out DIR] [--seed N] [--epochs N]

Trains a network of 2 inputs, 3 sigmoid neurons and a softmax over 2 classes to compute XOR,
prints its truth table and draws its graph, its loss and its decision boundary.

  --out DIR    where the pictures go        (default build/demo)
  --seed N     of the initial weights       (default 1)
  --epochs N   how many updates             (default 2000)
  --help       this text

Exits with 0 when all four rows are right, 1 when not, 2 for wrong arguments.
)";

struct Arguments {
  std::filesystem::path out = "build/demo";
  std::uint64_t seed = 1;
  int epochs = 2000;
  bool help = false;
};

template <class T>
T number(std::string_view option, std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > T(1'000'000'000))
    throw Error(fmt::format("{} wants a whole number up to 1000000000, not '{}'", option, text));
  return value;
}

Arguments parse(int argc, char** argv) {
  Arguments a;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--help" || option == "-h") {
      a.help = true;
      continue;
    }
    if (option != "--out" && option != "--seed" && option != "--epochs")
      throw Error(fmt::format("there is no argument '{}'; see --help", option));
    if (++i == argc) throw Error(fmt::format("{} wants a value after it", option));
    if (option == "--out") a.out = argv[i];
    if (option == "--seed") a.seed = number<std::uint64_t>(option, argv[i]);
    if (option == "--epochs") a.epochs = number<int>(option, argv[i]);
  }
  if (a.epochs < 1) throw Error("--epochs wants at least 1");
  return a;
}

/// A bar that grows in place on a terminal, and ten lines anywhere else.
class Progress {
 public:
  explicit Progress(int total) : total_(total) {}
  void show(int done, double loss, double accuracy) const {
    const std::string state =
        fmt::format("update {:{}}/{}  loss {:.6f}  right {:3.0f} %", done,
                    std::to_string(total_).size(), total_, loss, 100 * accuracy);
    const int tenth = std::max(1, total_ / 10);
    if (!terminal_) {
      if (done % tenth == 0 || done == total_) fmt::print("{}\n", state);
      return;
    }
    if (done % std::max(1, total_ / 200) != 0 && done != total_) return;
    constexpr int width = 30;
    const int full = static_cast<int>(static_cast<double>(done) / total_ * width);
    std::string bar;
    for (int i = 0; i < width; ++i) bar += i < full ? "█" : "░";
    fmt::print("\r{} {}{}", bar, state, done == total_ ? "\n" : "");
    std::fflush(stdout);
  }

 private:
  int total_;
  bool terminal_ = isatty(STDOUT_FILENO) != 0;
};

/// The network with its initial weights: uniform on [-1, 1).
nn::Sequential network(std::uint64_t seed) {
  nn::manual_seed(seed);
  const nn::LinearOptions options{
      .init = [](const Value& w, std::uint64_t s) { nn::init::uniform_(w, -1, 1, s); }};
  return {nn::Linear(2, 3, options), nn::Sigmoid(), nn::Linear(3, 2, options)};
}

int run(const Arguments& arguments) {
  std::filesystem::create_directories(arguments.out);
  auto path = [&](const char* name) { return (arguments.out / name).string(); };
  auto wrote = [](const std::string& file, const char* what) {
    fmt::print("wrote {}: {}\n", file, what);
  };

  const Tensor X = Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  const std::vector<std::int64_t> labels{0, 1, 1, 0};

  const nn::Sequential net = network(arguments.seed);
  fmt::print("A network learns XOR (seed {}):\n\n{}\n", arguments.seed,
             nn::summary(net, X.shape()));

  nn::SGD opt(net.parameters(), {.lr = 2.0});
  std::vector<double> losses;
  const Progress progress(arguments.epochs);
  for (int epoch = 1; epoch <= arguments.epochs; ++epoch) {
    Value logits = net(X);
    Value loss = nn::cross_entropy(logits, labels);
    losses.push_back(loss.item());
    opt.zero_grad();
    loss.backward();
    opt.step();
    progress.show(epoch, loss.item(), nn::accuracy(logits, labels));
  }

  const Tensor p = softmax(net(X)).data();
  fmt::print("\nx1 x2  XOR  P(0)    P(1)    answer\n");
  for (std::int64_t row = 0; row < 4; ++row) {
    const int answer = p(row, 1) > p(row, 0);
    fmt::print(" {}  {}    {}  {:.4f}  {:.4f}  {} {}\n", X(row, 0), X(row, 1), labels[row],
               p(row, 0), p(row, 1), answer, answer == labels[row] ? "right" : "WRONG");
  }
  const bool solved = nn::accuracy(p, labels) == 1;
  fmt::print("\n{}\n\n", solved ? "XOR is solved."
                                : "XOR is not solved: try another --seed, or more --epochs.");

  // The first step once more, with the gradient of every value kept for the picture.
  const Value inputs = constant(X).name("X");
  const Value logits = network(arguments.seed)(inputs).name("logits");
  const Value loss = nn::cross_entropy(logits, labels).name("loss");
  loss.backward({.retain_grad = true});
  const DotOptions dot{.title = "The first training step of the XOR network"};
  write_dot(loss, path("graph.dot"), dot);
  wrote(path("graph.dot"), "the computation graph of the first training step");
  for (const char* name : {"graph.svg", "graph.png"}) {
    render(loss, path(name), dot);
    wrote(path(name), "the same, drawn");
  }

  nn::write_svg(nn::plot_losses(losses, {.title = "XOR: the loss while learning",
                                         .x_label = "update",
                                         .y_label = "cross-entropy"}),
                path("loss.svg"));
  wrote(path("loss.svg"), "the loss curve");
  auto probabilities = [&](const Tensor& points) { return softmax(net(points)).data(); };
  nn::write_svg(
      nn::plot_boundary(probabilities, X, labels, {.title = "XOR: what the network decides"}),
      path("boundary.svg"));
  wrote(path("boundary.svg"), "the decision boundary");
  return solved ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Arguments arguments = parse(argc, argv);
    if (arguments.help) {
      fmt::print("{}", usage);
      return 0;
    }
    try {
      return run(arguments);
    } catch (const std::exception& e) {
      fmt::print(stderr, "xor_demo: {}\n", e.what());
      return 1;
    }
  } catch (const std::exception& e) {
    fmt::print(stderr, "xor_demo: {}\n", e.what());
    return 2;
  }
}
