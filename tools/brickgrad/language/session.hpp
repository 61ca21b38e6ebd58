// Runs scripts. Variables live on from one script to the next:
//   Session session;
//   session.run(parse(Source("x = 2; y = x^2")));
//   session.run(parse(Source("3*y"))).item();   // 12, and differentiable to x
// A variable whose text uses no other variable (x above) is an input: a leaf that receives a
// gradient. Every other one (y) is what follows from them. An input stays one under its name when
// the variable goes on as something else (x = x*2); given anew (x = 3) it is a new one instead.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "script.hpp"

namespace tools::language {

class Session {
 public:
  explicit Session(brickgrad::DType dtype = brickgrad::float64) : dtype_(dtype) {}

  /// Makes an input of this name, which takes the place of inputs that scripts make of it: their
  /// text has the defaults.
  void bind(const std::string& name, brickgrad::Value leaf);
  /// The leaf for the input that this statement of the next scripts makes, instead of a new one.
  void place(std::size_t statement, brickgrad::Value leaf);
  /// Runs the statements and returns what the last one gives. Throws SyntaxError for unknown names,
  /// and Error with the place in the text when an operation fails.
  brickgrad::Value run(const Script& script);

  brickgrad::DType dtype() const { return dtype_; }
  const std::map<std::string, brickgrad::Value, std::less<>>& variables() const {
    return variables_;
  }
  struct Input {
    std::string name;
    brickgrad::Value leaf;
    /// Which of its script made it; nothing for a bound one.
    std::optional<std::size_t> statement = {};
  };
  /// In the order in which their names came.
  const std::vector<Input>& inputs() const { return inputs_; }
  /// What stands for a value in a text: variables, then constants such as pi.
  std::vector<std::string> value_names() const;

 private:
  Item result_of(const Script& script, const Statement& statement, bool& uses_variables);
  Item load(const Script& script, const Instruction& i, bool& uses_variables) const;
  void assign(const std::string& name, const Item& item);
  /// The leaf that stands for an input with the value.
  brickgrad::Value input(const std::string& name, const Item& item, std::size_t statement);

  brickgrad::DType dtype_;
  std::map<std::string, brickgrad::Value, std::less<>> variables_;
  std::vector<Input> inputs_;
  std::map<std::size_t, brickgrad::Value> placed_;
};

}  // namespace tools::language
