// expect: give the op a domain, the interval where the gradient check samples
// The file where the ops of the list are checked.
#include <autograd/graph/tables.cpp>

struct Op : brickgrad::Elementwise<1> {
  static constexpr auto name = "op";
  static constexpr auto forward(auto x) { return x; }
  static constexpr auto partials(auto, auto) { return std::tuple{1}; }
};

int main() { brickgrad::internal::is_well_formed<Op>(); }
