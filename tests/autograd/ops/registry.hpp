// Every op of AllOps as data, so that tests loop over them and a new op needs no test of its own.
#pragma once

#include <autograd/autograd.hpp>
#include <autograd/ops/all.hpp>
#include <functional>
#include <string>
#include <vector>

namespace brickgrad {

/// The axes in reverse.
inline Axes reversed(int rank) {
  Axes axes;
  for (int i = rank; i-- > 0;) axes.push_back(i);
  return axes;
}

struct ElementwiseCase {
  std::string name;
  int arity = 0;
  std::vector<Interval> domain;  // one per input
  std::vector<Reads> reads;      // one per partial
  std::function<Value(const std::vector<Value>&)> of_values;
  std::function<Tensor(const std::vector<Tensor>&)> of_tensors;
  std::function<double(const std::vector<double>&)> of_numbers;
  // Of ops with two inputs.
  std::function<Value(double, const Value&)> number_first;
  std::function<Value(const Value&, double)> number_second;
  std::function<Tensor(double, const Tensor&)> tensor_number_first;
  std::function<Tensor(const Tensor&, double)> tensor_number_second;
};

struct StructuralCase {
  std::string name;  // with what describe() says
  std::string op;
  std::vector<Shape> shapes;
  std::vector<Reads> reads;  // one per input
  std::function<Value(const std::vector<Value>&)> of_values;
};

const std::vector<ElementwiseCase>& elementwise_cases();
const std::vector<StructuralCase>& structural_cases();

/// Numbers of the interval, the same for the same seed.
inline Tensor sample(const Interval& domain, const Shape& shape, std::uint64_t seed,
                     DType dtype = float64) {
  return Tensor::rand(shape, seed, dtype) * (domain.high - domain.low) + domain.low;
}

/// An input of each given shape, from the op's domain; shapes are reused when there are too few.
inline std::vector<Tensor> samples(const ElementwiseCase& op, const std::vector<Shape>& shapes,
                                   DType dtype = float64) {
  std::vector<Tensor> out;
  for (std::size_t k = 0; k < op.domain.size(); ++k)
    out.push_back(sample(op.domain[k], shapes[k % shapes.size()], 100 + k, dtype));
  return out;
}

inline std::vector<Tensor> samples(const StructuralCase& op, DType dtype = float64) {
  std::vector<Tensor> out;
  for (std::size_t k = 0; k < op.shapes.size(); ++k)
    out.push_back(Tensor::randn(op.shapes[k], 200 + k, dtype));
  return out;
}

inline std::vector<Value> leaves(const std::vector<Tensor>& tensors) {
  std::vector<Value> out;
  for (const Tensor& t : tensors) out.emplace_back(t.clone());
  return out;
}

}  // namespace brickgrad
