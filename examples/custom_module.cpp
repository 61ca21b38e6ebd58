// A module of one's own: a small network with a residual connection and a learned scale fits a
// curve.
#include <autograd/autograd.hpp>
#include <cmath>
#include <nn/nn.hpp>

using namespace brickgrad;

struct Block : nn::Module {
  explicit Block(std::int64_t width) : inner(child("inner", nn::Linear(width, width))) {}
  Value forward(const Value& x) const override { return x + scale * tanh(inner(x)); }

  nn::Linear inner;
  Value scale = parameter("scale", 0.5);
};

struct Net : nn::Module {
  nn::Linear first = child("first", nn::Linear(1, 8));
  Block block = child("block", Block(8));
  nn::Linear last = child("last", nn::Linear(8, 1));
  Value forward(const Value& x) const override { return last(block(tanh(first(x)))); }
};

int main() {
  nn::manual_seed(1);
  Net net;
  fmt::print("{}\n", nn::summary(net, {64, 1}));

  Tensor x = reshape(Tensor::linspace(-3, 3, 64), {64, 1});
  Tensor y = sin(x) + 0.3 * x;

  nn::Adam opt(net.parameters(), {.lr = 0.02});
  for (int step = 0; step <= 1500; ++step) {
    Value loss = nn::mse_loss(net(x), y);
    if (step % 500 == 0)
      fmt::print("step {:4}: {}\n", step,
                 loss.item() < 1e-3 ? "the mean squared error is below 0.001"
                                    : fmt::format("the mean squared error is {:.2f}", loss.item()));
    opt.zero_grad();
    loss.backward();
    opt.step();
  }
  for (double at : {-2.0, 0.5, 2.0})
    fmt::print("at {:4}: {:.2f}, wanted {:.2f}\n", at, net(Tensor::full({1, 1}, at)).item(),
               std::sin(at) + 0.3 * at);
}
