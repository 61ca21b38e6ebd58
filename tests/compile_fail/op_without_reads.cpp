// expect: say which values the pullback reads: static constexpr Reads reads =
// The file where the ops of the list are checked.
#include <autograd/graph/tables.cpp>

struct Op : brickgrad::Structural<1> {
  static constexpr auto name = "op";
  static std::vector<brickgrad::Sample<Op>> samples() { return {}; }
};

int main() { brickgrad::internal::is_well_formed<Op>(); }
