// What eval prints: the value, gradients and second derivatives, as text or as JSON. The form is
// described in docs/command.md and stays as it is.
#pragma once

#include <string>
#include <string_view>

#include "derivatives.hpp"

namespace tools {

/// A number, or a tensor in NumPy's manner, in so many significant digits.
std::string to_text(const brickgrad::Tensor& t, int precision);

/// "label = value", with a tensor on lines of its own.
std::string labelled(std::string_view label, const brickgrad::Tensor& t, int precision);

/// A table with the labels at its edges, or the bare matrix when there are more than 12.
std::string to_text(const Hessian& h, int precision);

}  // namespace tools
