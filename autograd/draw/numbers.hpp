// What a picture says about numbers: elements of small tensors, a summary of large ones, and
// whether all is well with them.
#pragma once

#include <autograd/graph/node.hpp>
#include <optional>
#include <string>

namespace brickgrad::internal {

/// Counts and sums over the elements; range, mean and norm are those of the finite ones.
struct Summary {
  std::int64_t count = 0, zeros = 0, nans = 0, infinities = 0;
  double smallest = 0, largest = 0, mean = 0, norm = 0;

  bool finite() const { return nans == 0 && infinities == 0; }
  bool all_zero() const { return zeros == count; }
};
Summary summarise(const Tensor& t);
Summary summarise(double x);
/// Of the elements of both.
Summary operator+(const Summary& a, const Summary& b);

/// "NaN", "infinite" or both; empty for finite numbers.
std::string bad_numbers(const Summary& s);

/// Six significant digits.
std::string short_number(double x);

/// The value of a node, none when it was not kept, or its gradient, none where it has none; they
/// must not outlive its next change.
std::optional<Tensor> value_of(const Node& n);
std::optional<Tensor> gradient_of(const Node& n);
bool has_gradient(const Node& n);
Summary summarise_value(const Node& n);
Summary summarise_gradient(const Node& n);

}  // namespace brickgrad::internal
