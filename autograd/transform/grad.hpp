// Gradients as values and functions of functions.
//   Value gx = grad(f, x, {.create_graph = true});            // differentiable again
//   auto [v, g] = value_and_grad([](const Value& p) { return sum(square(p)); }, w);
//   Tensor H = hessian([](const Value& p) { return sum(p * p * p); }, t);
// A function here takes a Value and returns one; it is called with a leaf.
#pragma once

#include <autograd/graph/functions.hpp>
#include <functional>
#include <utility>
#include <vector>

namespace brickgrad {

struct GradOptions {
  /// Record the gradients themselves, so that they can be differentiated again.
  bool create_graph = false;
};

/// The derivative of the scalar f to x, a leaf or an interior value; zeros when f does not depend
/// on it. Leaves' own gradients are not touched. Throws when f is no scalar.
Value grad(const Value& f, const Value& x, const GradOptions& options = {});
/// The derivatives to several values.
std::vector<Value> grad(const Value& f, const std::vector<Value>& x,
                        const GradOptions& options = {});
/// The same for f of any shape, weighted by `seed` of that shape.
std::vector<Value> grad(const Value& f, const std::vector<Value>& x, const Value& seed,
                        const GradOptions& options = {});

using Function = std::function<Value(const Value&)>;

/// fn(x), a scalar, and its gradient, which has the shape of x.
std::pair<Tensor, Tensor> value_and_grad(const Function& fn, const Tensor& x);
/// The derivative of every output to every input: shape (output..., input...).
Tensor jacobian(const Function& fn, const Tensor& x);
/// The second derivatives of a scalar function: shape (input..., input...).
Tensor hessian(const Function& fn, const Tensor& x);
/// The Hessian times v, which has the shape of x, without forming it.
Tensor hvp(const Function& fn, const Tensor& x, const Tensor& v);
/// fn(x), and a function that pulls a cotangent of its shape back to the input.
std::pair<Tensor, std::function<Tensor(const Tensor&)>> vjp(const Function& fn, const Tensor& x);
/// fn(x), and its derivative in the direction dx, which has the shape of x.
std::pair<Tensor, Tensor> jvp(const Function& fn, const Tensor& x, const Tensor& dx);

inline std::pair<Tensor, Tensor> value_and_grad(const Function& fn, const Value& x) {
  return value_and_grad(fn, x.data());
}
inline Tensor jacobian(const Function& fn, const Value& x) { return jacobian(fn, x.data()); }
inline Tensor hessian(const Function& fn, const Value& x) { return hessian(fn, x.data()); }

}  // namespace brickgrad
