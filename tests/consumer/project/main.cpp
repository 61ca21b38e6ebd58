// A program of somebody else: the gradient of an expression, and one step of a network, against
// numbers worked out by hand.
#include <autograd/autograd.hpp>
#include <cmath>
#include <nn/nn.hpp>
#include <string>

using namespace brickgrad;

namespace {

bool all_right = true;

void check(const char* what, double actual, double expected) {
  if (std::abs(actual - expected) <= 1e-12) return;  // NaN is wrong too
  fmt::print(stderr, "{}: {} instead of {}\n", what, actual, expected);
  all_right = false;
}

void expression() {
  Value x = 2.0, y = -3.0;
  Value f = x * y + sin(x);
  f.backward();
  check("f", f.item(), -6 + std::sin(2));
  check("df/dx", x.grad().item(), -3 + std::cos(2));
  check("df/dy", y.grad().item(), 2);
}

void matrix_product() {
  const Tensor a = Tensor::from({{1., 2.}, {3., 4.}});
  Value w = Tensor::ones({2, 2});
  sum(matmul(a, w)).backward();
  // The sums of the columns of a, in each column.
  for (int column : {0, 1}) {
    check("d/dw, first row", w.grad()(0, column), 4);
    check("d/dw, second row", w.grad()(1, column), 6);
  }
}

void training_step() {
  nn::Sequential net{nn::Linear(2, 1)};
  const auto& layer = net.at<nn::Linear>(0);
  layer.weight().copy_(Tensor::from({{1.}, {-1.}}));
  layer.bias().fill_(0.5);
  nn::SGD opt(net.parameters(), {.lr = 0.1});

  // The prediction for (1, 2) is -0.5, the error against 1 is -1.5.
  Value loss = nn::mse_loss(net(Tensor::from({{1., 2.}})), Tensor::from({{1.}}));
  check("loss", loss.item(), 2.25);
  opt.zero_grad();
  loss.backward();
  opt.step();
  check("first weight", layer.weight().data()(0, 0), 1 + 0.1 * 3);
  check("second weight", layer.weight().data()(1, 0), -1 + 0.1 * 6);
  check("bias", layer.bias().data()(0), 0.5 + 0.1 * 3);
}

void error() {
  std::string message;
  try {
    static_cast<void>(matmul(Tensor::ones({2, 3}), Tensor::ones({4, 5})));
  } catch (const Error& e) { message = e.what(); }
  check("matmul in the message", message.find("matmul") == std::string::npos, 0);
}

}  // namespace

int main() {
  expression();
  matrix_product();
  training_step();
  error();
  return all_right ? 0 : 1;
}
