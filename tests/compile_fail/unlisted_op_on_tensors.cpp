// expect: list the op in AllOps, so that the gradient check covers it
#include <autograd/autograd.hpp>

struct Twice : brickgrad::Structural<1> {
  static constexpr auto name = "twice";
  static auto forward(const auto& x) { return x + x; }
};

int main() { brickgrad::evaluate(Twice{}, brickgrad::Tensor(2.0)); }
