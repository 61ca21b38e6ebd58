// brickgrad ops: every operation there is, from the list.
#include <fmt/format.h>
#include <autograd/autograd.hpp>

#include "command.hpp"

namespace tools {

Action add_ops(CLI::App&) {
  return [] {
    brickgrad::AllOps::for_each([]<class Op>() { fmt::print("{}\n", Op::name); });
    return 0;
  };
}

}  // namespace tools
