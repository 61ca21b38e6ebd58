// Shows that the other files here fail for their own reason: this one compiles.
#include <autograd/autograd.hpp>
#include <autograd/graph/tables.cpp>
#include <nn/nn.hpp>

struct Op : brickgrad::Elementwise<1> {
  static constexpr auto name = "op";
  static constexpr brickgrad::Interval domain{-1, 1};
  static constexpr auto forward(auto x) { return x; }
  static constexpr auto partials(auto, auto) { return std::tuple{1}; }
};

int main() {
  try {
    static_assert(brickgrad::internal::is_well_formed<Op>());
    brickgrad::Value(2.0).backward();
  } catch (const brickgrad::Error&) {}
}
