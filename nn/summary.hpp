// A table of a network's layers, shapes and parameter counts:
//   fmt::print("{}", nn::summary(net));
//   fmt::print("{}", nn::summary(net, {4, 2}));   // with the shape of each result
#pragma once

#include <functional>
#include <nn/module.hpp>
#include <string>

namespace brickgrad::nn {

namespace internal {
/// The table; `run` calls the network, or is empty.
std::string summary_table(const Module& net, const std::string& type,
                          const std::function<void()>& run);
}  // namespace internal

/// A row for every module below the net: its path, what it is, its parameters and how many numbers
/// they are; at the end the sum. Parameters that several modules share are counted once.
template <std::derived_from<Module> M>
std::string summary(const M& net) {
  return internal::summary_table(net, internal::type_name<M>(), nullptr);
}

/// The same with the shapes of the results for an input of this shape, whose first extent is mostly
/// the number of rows. The net is called once, with zeros in the type of its parameters.
template <std::derived_from<Module> M>
std::string summary(const M& net, const Shape& input) {
  return internal::summary_table(net, internal::type_name<M>(), [&] {
    const auto parameters = net.parameters();
    const no_grad off;
    net(Tensor::zeros(input, parameters.empty() ? float64 : parameters[0].dtype()));
  });
}

}  // namespace brickgrad::nn
