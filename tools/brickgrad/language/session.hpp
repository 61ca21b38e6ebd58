// Runs scripts. Variables live on from one script to the next:
//   Session session;
//   session.run(parse(Source("x = 2; y = x^2")));
//   session.run(parse(Source("3*y"))).item();   // 12, and differentiable to x
// A variable whose text uses no other variable (x above) is an input: a leaf that receives a
// gradient. Every other one (y) is what follows from them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "script.hpp"

namespace tools::language {

class Session {
 public:
  explicit Session(brickgrad::DType dtype = brickgrad::float64) : dtype_(dtype) {}

  /// Makes an input of this name. What scripts assign to it from then on is not looked at, when
  /// it is an input there too: their text has the defaults.
  void bind(const std::string& name, brickgrad::Value leaf);
  /// Runs the statements and returns what the last one gives. Throws SyntaxError for unknown names,
  /// and Error with the place in the text when an operation fails.
  brickgrad::Value run(const Script& script);

  brickgrad::DType dtype() const { return dtype_; }
  struct Variable {
    brickgrad::Value value;
    bool is_input = false, is_bound = false;
  };
  const std::map<std::string, Variable, std::less<>>& variables() const { return variables_; }
  /// The names of the inputs in the order in which they were made.
  const std::vector<std::string>& inputs() const { return inputs_; }
  /// What stands for a value in a text: variables, then constants such as pi.
  std::vector<std::string> value_names() const;

 private:
  Item result_of(const Script& script, const Statement& statement, bool& uses_variables);
  Item load(const Script& script, const Instruction& i, bool& uses_variables) const;
  void assign(const Statement& statement, const Item& item, bool is_input);

  brickgrad::DType dtype_;
  std::map<std::string, Variable, std::less<>> variables_;
  std::vector<std::string> inputs_;
};

}  // namespace tools::language
