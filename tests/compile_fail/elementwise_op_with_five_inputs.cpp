// expect: an elementwise op has at most four inputs
// The file where the ops of the list are checked.
#include <autograd/graph/tables.cpp>

struct Op : brickgrad::Elementwise<5> {
  static constexpr auto name = "op";
  static constexpr brickgrad::Interval domain{-1, 1};
  static constexpr auto forward(auto a, auto b, auto c, auto d, auto e) {
    return a + b + c + d + e;
  }
  static constexpr auto partials(auto, auto, auto, auto, auto, auto) {
    return std::tuple{1, 1, 1, 1, 1};
  }
};

int main() { brickgrad::internal::is_well_formed<Op>(); }
