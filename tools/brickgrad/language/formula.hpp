// An expression as a function of its inputs, to be evaluated at other points, differentiated and
// checked:
//   Formula f(parse(Source("x*y + sin(x)")), {{"x", Tensor(2.0)}, {"y", Tensor(-3.0)}});
//   f.inputs();                 // x, y with their values
//   Value y = f(f.leaves());
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "session.hpp"

namespace tools::language {

struct Input {
  std::string name;
  brickgrad::Tensor value;
};

class Formula {
 public:
  /// Bound inputs come first; those that the text assigns follow, and take the bound value where
  /// both name one. Runs the script once to find them; throws what Session::run does.
  Formula(Script script, const std::vector<Input>& bound,
          brickgrad::DType dtype = brickgrad::float64);

  const Script& script() const { return script_; }
  brickgrad::DType dtype() const { return dtype_; }
  const std::vector<Input>& inputs() const { return inputs_; }
  /// Leaves with the inputs' names and values.
  std::vector<brickgrad::Value> leaves() const;
  /// The value at other inputs, in the order of inputs().
  brickgrad::Value operator()(const std::vector<brickgrad::Value>& inputs) const;
  /// The same in another element type.
  Formula in(brickgrad::DType dtype) const;

 private:
  Script script_;
  brickgrad::DType dtype_;
  std::vector<Input> inputs_;
  std::vector<std::optional<std::size_t>> statements_;  // where each is made, if not bound
};

/// Reads "x=2" or "w=[[1, 2], [3, 4]]": a name and an expression without variables. Throws
/// SyntaxError.
Input parse_binding(const std::string& text, brickgrad::DType dtype);

}  // namespace tools::language
