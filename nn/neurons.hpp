// The same network neuron by neuron: every weight a value of its own, every neuron a sum of
// products, so that the picture and the gradients are those of the textbooks.
//   nn::Sequential net{nn::Linear(2, 3), nn::Sigmoid(), nn::Linear(3, 2)};
//   nn::Neurons n = nn::neurons(net, Tensor::from({0., 1.}));
//   Value loss = square(n.outputs[0] - 1.0);
//   loss.backward();
//   n.weights[0].grad();   // of w1
#pragma once

#include <nn/sequential.hpp>
#include <vector>

namespace brickgrad::nn {

struct Neurons {
  /// Constants x1, x2, …
  std::vector<Value> inputs;
  /// Leaves w1, w2, …: those of the first layer neuron by neuron, those of the next ones by the
  /// neuron they come from, so that in a net of two layers W1 is ((w1, w3, …), (w2, w4, …)) and W2
  /// goes on row by row.
  std::vector<Value> weights;
  /// Leaves b1, b2, …, one a neuron.
  std::vector<Value> biases;
  /// What each layer gave; the sums of layer 1 are named z1_1, z1_2, …, what its activation makes
  /// of them h1_1, h1_2, …
  std::vector<std::vector<Value>> layers;
  /// That of the last one.
  std::vector<Value> outputs;
};

/// Computes one row of inputs, whose extent is that of the first layer, with copies of the net's
/// weights. The values are those of net(row) up to rounding in the last digit, and so are
/// the gradients. Layers may be Linear, Sequential, Softmax and whatever works on each element
/// alone; throws Error for others. A ModuleTrace sees a part for every layer and every neuron in
/// it.
Neurons neurons(const Sequential& net, const Tensor& row);

}  // namespace brickgrad::nn
