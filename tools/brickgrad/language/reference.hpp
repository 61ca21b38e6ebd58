// What there is to know about a function of the language, found by running its op: formulas from
// the op's own text, and where its derivative jumps or is infinite from its own numbers.
//   describe_function(*find_function("tanh")).derivatives  // {"x", "1 - y^2"}
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "function.hpp"

namespace tools::language {

struct Reference {
  const Function* function;
  // Of elementwise ops; empty for all others.
  std::string formula;
  /// To each operand, from the result y and the operands; "none" for one that receives no gradient.
  std::vector<std::pair<std::string, std::string>> derivatives;
  /// Of functions of one operand: where the value is a finite number, such as "x > 0".
  std::string defined;
  /// Where the gradient check samples: "[-3, 3]" for each operand.
  std::vector<std::string> samples;
  /// What the derivatives are at kinks and poles: "x = 0: d/dx is 0, -1 before and 1 after".
  std::vector<std::string> kinks;
};

Reference describe_function(const Function& f);

}  // namespace tools::language
