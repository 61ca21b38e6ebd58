// The functions of the expression language. Those of elementwise ops are made from the list of ops;
// the rest is a table in tensor_functions.cpp. A signature such as "sum(x, axis=all, keepdims=0)"
// says what the arguments are called and which may be left out.
#pragma once

#include <autograd/dtype.hpp>
#include <autograd/graph/value.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tools::language {

/// What an expression computes: a number that stands in its text, or follows from such numbers, or
/// a value. Numbers take on the element type of their neighbour.
class Item {
 public:
  Item() = default;
  Item(double number) : number_(number) {}
  Item(brickgrad::Value value) : value_(std::move(value)) {}

  bool is_number() const { return !value_.node_or_null(); }
  double number() const { return number_; }
  const brickgrad::Value& value() const { return value_; }
  /// The same as a value: numbers become constants.
  brickgrad::Value as_value(brickgrad::DType dtype) const;

 private:
  brickgrad::Value value_;
  double number_ = 0;
};

struct Parameter {
  std::string name;
  std::string default_text;  // empty: it must be given
  bool repeated = false;     // takes all arguments that have no name
};

/// An axis, an extent, an index. Throws Error for what is no whole number, and beyond 1e15.
std::int64_t whole_number(double x, std::string_view what);

/// The arguments of a call in the order of the parameters.
class Arguments {
 public:
  Arguments(std::span<const Item> items, std::span<const Parameter> parameters,
            std::span<const Item* const> places, brickgrad::DType dtype)
      : items_(items), parameters_(parameters), places_(places), dtype_(dtype) {}

  brickgrad::DType dtype() const { return dtype_; }
  /// Those that have no parameter of their own.
  std::span<const Item> repeated() const { return items_; }
  bool given(std::size_t i) const { return places_[i] != nullptr; }
  const Item& item(std::size_t i) const { return *places_[i]; }
  brickgrad::Value value(std::size_t i) const { return item(i).as_value(dtype_); }
  /// A number that is not differentiated, such as an attribute.
  double number(std::size_t i, double otherwise = 0) const;
  std::int64_t whole(std::size_t i, std::int64_t otherwise = 0) const;
  /// Axes or extents: one whole number or a list of them.
  std::vector<std::int64_t> wholes(std::size_t i) const;
  /// The same from the repeated arguments: zeros(2, 3) and zeros([2, 3]) mean the same.
  std::vector<std::int64_t> repeated_wholes() const;

 private:
  std::span<const Item> items_;
  std::span<const Parameter> parameters_;
  std::span<const Item* const> places_;  // one a parameter, null where it is left out
  brickgrad::DType dtype_;
};

struct Function {
  std::string signature;
  std::string summary;
  std::string example;  // an expression of literals; made from the op's domain for elementwise ops
  std::function<Item(const Arguments&)> apply;
  /// The place in AllOps of the op that it is, or -1.
  int op = -1;
  /// Of elementwise ops, where the gradient check samples each operand.
  std::vector<brickgrad::Interval> domain = {};
  // Read from the signature.
  std::string name = {};
  std::vector<Parameter> parameters = {};

  bool is_elementwise() const { return !domain.empty(); }
};

/// All functions, in the order of AllOps first.
const std::vector<Function>& functions();
/// Null when there is none.
const Function* find_function(std::string_view name);
const std::vector<std::string>& function_names();

/// Calls `refuse` with a message when a function cannot take that many arguments, or has no
/// parameters of those names.
void check_arguments(const Function& f, std::span<const std::string> keywords, std::size_t count,
                     const std::function<void(const std::string&)>& refuse);

/// Calls it with arguments that were checked.
Item invoke(const Function& f, std::span<const std::string> keywords,
            std::span<const Item> arguments, brickgrad::DType dtype);

/// The rows of the table that are no elementwise ops.
std::vector<Function> tensor_functions();

}  // namespace tools::language
