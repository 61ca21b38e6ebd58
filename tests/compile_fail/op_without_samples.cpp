// expect: give the op samples(), what the gradient check tries
// The file where the ops of the list are checked.
#include <autograd/graph/tables.cpp>

struct Op : brickgrad::Structural<1> {
  static constexpr auto name = "op";
  static constexpr brickgrad::Reads reads = brickgrad::reads_nothing;
};

int main() { brickgrad::internal::is_well_formed<Op>(); }
