// expect: an op has at most six inputs, or is variadic
// The file where the ops of the list are checked.
#include <autograd/graph/tables.cpp>

struct Op : brickgrad::Structural<7> {
  static constexpr auto name = "op";
  static constexpr brickgrad::Reads reads = brickgrad::reads_nothing;
  static std::vector<brickgrad::Sample<Op>> samples() { return {}; }
};

int main() { brickgrad::internal::is_well_formed<Op>(); }
