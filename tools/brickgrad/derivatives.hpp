// The derivatives of a result to all inputs of an expression at once.
#pragma once

#include <autograd/graph/value.hpp>
#include <string>
#include <vector>

namespace tools {

/// A leaf that was an input of the expression, with its name set.
using Leaves = std::vector<brickgrad::Value>;

/// To each input: the gradient of a scalar, in the input's shape; the Jacobian of any other result,
/// of shape (result..., input...). Throws Error for results of more than 1000 elements.
std::vector<brickgrad::Tensor> first_derivatives(const brickgrad::Value& result,
                                                 const Leaves& leaves);

struct Hessian {
  std::vector<std::string> labels;  // x, w[0,1], ...: one an element of all inputs
  brickgrad::Tensor matrix;
};

/// The second derivatives of a scalar to the elements of all inputs. Throws Error for other
/// results, and for more than 500 elements.
Hessian second_derivatives(const brickgrad::Value& result, const Leaves& leaves);

/// Those of the leaves that the result was computed from.
Leaves used_by(const brickgrad::Value& result, const Leaves& leaves);

}  // namespace tools
