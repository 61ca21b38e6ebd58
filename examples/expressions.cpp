// Write an expression, call backward(), read the gradients.
#include <autograd/autograd.hpp>

using namespace brickgrad;

int main() {
  Value x = 2.0, y = -3.0;
  Value f = tanh(x * y + sin(x)) / (1.0 + exp(-y));
  f.backward();
  fmt::print("f = {:.6f}, df/dx = {:.6f}, df/dy = {:.6f}\n", f.item(), x.grad().item(),
             y.grad().item());

  // A tensor that is no Value is a constant: only w receives a gradient.
  Tensor a = Tensor::from({{1., 2.}, {3., 4.}});
  Value w = Tensor::from({{0.5, -1.}, {0.25, 2.}});
  Value loss = mean(square(matmul(a, w)));
  loss.backward();
  fmt::print("loss = {}\ndloss/dw =\n{}\n", loss, w.grad());

  // Gradients are values themselves, so that they have gradients too.
  Value t = 0.5;
  Value cube = t * t * t;
  Value first = grad(cube, t, {.create_graph = true});
  Value second = grad(first, t);
  fmt::print("t = {}: (t^3)' = {}, (t^3)'' = {}\n", t, first, second);
}
