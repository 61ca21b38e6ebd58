// expect: derive the op from Elementwise<N> or from Structural<N>
// The file where the ops of the list are checked.
#include <autograd/graph/tables.cpp>

struct Op {
  static constexpr auto name = "op";
  static constexpr int arity = 1;
};

int main() { brickgrad::internal::is_well_formed<Op>(); }
