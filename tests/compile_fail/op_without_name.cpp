// expect: give the op a name: static constexpr auto name =
// The file where the ops of the list are checked.
#include <autograd/graph/tables.cpp>

struct Op : brickgrad::Elementwise<1> {
  static constexpr brickgrad::Interval domain{-1, 1};
  static constexpr auto forward(auto x) { return x; }
  static constexpr auto partials(auto, auto) { return std::tuple{1}; }
};

int main() { brickgrad::internal::is_well_formed<Op>(); }
