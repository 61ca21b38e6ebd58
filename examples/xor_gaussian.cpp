// XOR in the plane: 300 points of a standard normal distribution, labelled by whether the signs of
// their coordinates differ. A network with biases learns them all. The same network without biases
// cannot, however long it trains, and however wide it is.
//   xor_gaussian [points.csv]
#include <algorithm>
#include <autograd/autograd.hpp>
#include <nn/nn.hpp>

using namespace brickgrad;

namespace {

struct Result {
  double best = 0;  // the largest part of the points that was right at any time
  int updates = 0;
};

/// Trains until all points are right, or the updates are used up.
Result train(const nn::Sequential& net, const Tensor& X, const std::vector<std::int64_t>& labels,
             int most_updates) {
  nn::Adam opt(net.parameters(), {.lr = 0.03});
  Result result;
  while (result.best < 1 && result.updates < most_updates) {
    Value logits = net(X);
    Value loss = nn::cross_entropy(logits, labels);
    result.best = std::max(result.best, nn::accuracy(logits, labels));
    opt.zero_grad();
    loss.backward();
    opt.step();
    ++result.updates;
  }
  return result;
}

nn::Sequential two_ten_two(bool bias) {
  return {nn::Linear(2, 10, {.bias = bias, .seed = 1}), nn::Sigmoid(),
          nn::Linear(10, 2, {.bias = bias, .seed = 2})};
}

}  // namespace

int main(int argc, char** argv) try {
  const nn::Table table = nn::read_csv(argc > 1 ? argv[1] : "examples/data/xor_gaussian.csv");
  const Tensor X = table.columns({"x1", "x2"});
  const auto labels = table.labels("label");

  const Result with = train(two_ten_two(true), X, labels, 20'000);
  fmt::print("2-10-2 with biases:    {:.0f} % of the {} points are right\n", 100 * with.best,
             labels.size());
  const Result without = train(two_ten_two(false), X, labels, 20'000);
  fmt::print("2-10-2 without biases: {} 80 % at any of {} updates\n",
             without.best < 0.8 ? "never reaches" : "reaches", without.updates);
  fmt::print(
      "\nWhy: sigmoid(z) is 1/2 plus an odd function of z. Without biases z is odd in x, and so "
      "the\n"
      "difference of the two logits is a constant plus an odd function of x. The label is even: x\n"
      "and -x have the same. Where the odd part outweighs the constant, the answers at x and -x\n"
      "differ, and one of them is wrong. Where it does not, the answer is the same class "
      "everywhere.\n"
      "So at best one class is all right and half of the other: 75 % of points as symmetric as "
      "their\n"
      "distribution. These 300 are not quite, which lets a network fit a few more.\n");
  return with.best == 1 && without.best < 0.8 ? 0 : 1;
} catch (const std::exception& e) {
  fmt::print(stderr, "xor_gaussian: {}\n", e.what());
  return 1;
}
