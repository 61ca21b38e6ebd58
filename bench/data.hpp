// Moves numbers between tensors and the limits' arrays.
#pragma once

#include <algorithm>
#include <autograd/graph/value.hpp>
#include <string>
#include <vector>

#include "limits/limits.hpp"
#include "workload.hpp"

namespace bench {

using brickgrad::Tensor;
using brickgrad::Value;

/// Both sides start from the same numbers.
template <class T>
void copy(const Tensor& from, T* to) {
  const auto numbers = from.to_vector();
  std::copy(numbers.begin(), numbers.end(), to);
}

template <class T>
std::vector<double> numbers(const T* from, std::int64_t count) {
  return {from, from + count};
}
template <class T>
std::vector<double> numbers(const limits::Array<T>& from) {
  return {from.begin(), from.end()};
}

template <class T>
Result same(std::string what, const Tensor& ours, const T* limit, double tolerance) {
  return {std::move(what), ours.to_vector(), numbers(limit, ours.numel()), tolerance};
}
inline Result same(std::string what, double ours, double limit, double tolerance) {
  return {std::move(what), {ours}, {limit}, tolerance};
}
/// The losses of the first steps of both.
template <class Ours, class Limit>
Result losses(std::size_t steps, Ours ours, Limit limit, double tolerance) {
  Result r{"loss", std::vector<double>(steps), std::vector<double>(steps), tolerance};
  for (double& loss : r.ours) loss = ours();
  for (double& loss : r.limit) loss = limit();
  return r;
}

}  // namespace bench
