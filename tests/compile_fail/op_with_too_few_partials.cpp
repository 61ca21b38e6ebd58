// expect: partials must return a std::tuple with one derivative per input
// The file where the ops of the list are checked.
#include <autograd/graph/tables.cpp>

struct Op : brickgrad::Elementwise<2> {
  static constexpr auto name = "op";
  static constexpr brickgrad::Interval domain{-1, 1};
  static constexpr auto forward(auto a, auto b) { return a + b; }
  static constexpr auto partials(auto, auto, auto) { return std::tuple{1}; }
};

int main() { brickgrad::internal::is_well_formed<Op>(); }
