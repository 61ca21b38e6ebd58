// expect: list the op in AllOps, so that the gradient check covers it
#include <autograd/autograd.hpp>

struct Cube : brickgrad::Elementwise<1> {
  static constexpr auto name = "cube";
  static constexpr brickgrad::Interval domain{-1, 1};
  static constexpr auto forward(auto x) { return x * x * x; }
  static constexpr auto partials(auto, auto x) { return std::tuple{3 * x * x}; }
};

int main() { brickgrad::evaluate(Cube{}, brickgrad::Value(2.0)); }
