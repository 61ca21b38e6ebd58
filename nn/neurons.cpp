#include <fmt/format.h>
#include <autograd/draw/module_trace.hpp>
#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <cmath>
#include <nn/neurons.hpp>

namespace brickgrad::nn {
namespace {

class Builder {
 public:
  explicit Builder(const Tensor& row) : tensor_(row) {
    for (const double x : row.to_vector())
      n_.inputs.push_back(named(constant(Tensor::full({}, x)), "x", n_.inputs.size() + 1));
    n_.outputs = n_.inputs;
  }

  void add(const Sequential& net) {
    for (std::size_t i = 0; i < net.size(); ++i) {
      if (const auto* linear = net[i].get<Linear>())
        add_linear(*linear);
      else if (const auto* softmax = net[i].get<Softmax>())
        add_softmax(*softmax);
      else if (const auto* inner = net[i].get<Sequential>())
        add(*inner);
      else if (const auto* mlp = net[i].get<MLP>())
        add(*mlp);
      else
        add_elementwise(net[i], i);
    }
  }

  Neurons result() { return std::move(n_); }

 private:
  static Value named(Value v, const char* letter, std::size_t number) {
    v.name(fmt::format("{}{}", letter, number));
    return v;
  }
  /// A neuron of the layer at hand.
  Value named_neuron(Value v, const char* letter, std::size_t place) const {
    v.name(fmt::format("{}{}_{}", letter, linear_layers_, place + 1));
    return v;
  }

  void add_linear(const Linear& layer) {
    const auto in = static_cast<std::size_t>(layer.in_features());
    const auto out = static_cast<std::size_t>(layer.out_features());
    if (n_.outputs.size() != in)
      fail("neurons: {} values do not fit a layer Linear({}, {})", n_.outputs.size(), in, out);
    const ModuleTrace::Part part(fmt::format("layer {}", ++linear_layers_),
                                 fmt::format("Linear({}, {})", in, out), "", n_.outputs);
    const std::vector<double> w = layer.weight().data().to_vector();
    const std::vector<double> b =
        layer.has_bias() ? layer.bias().data().to_vector() : std::vector<double>();
    const std::size_t before = n_.weights.size();
    // The place of the weight from input i to neuron j among those of the layer.
    const auto place = [&](std::size_t i, std::size_t j) {
      return before + (linear_layers_ == 1 ? j * in + i : i * out + j);
    };
    n_.weights.resize(before + in * out);
    for (std::size_t i = 0; i < in; ++i)
      for (std::size_t j = 0; j < out; ++j)
        n_.weights[place(i, j)] = named(Value(w[i * out + j]), "w", place(i, j) + 1);
    std::vector<Value> sums;
    for (std::size_t j = 0; j < out; ++j) {
      const ModuleTrace::Part neuron(fmt::format("neuron {}", j + 1), "", "", n_.outputs);
      Value z = n_.outputs[0] * n_.weights[place(0, j)];
      for (std::size_t i = 1; i < in; ++i) z = z + n_.outputs[i] * n_.weights[place(i, j)];
      if (!b.empty()) {
        n_.biases.push_back(named(Value(b[j]), "b", n_.biases.size() + 1));
        z = z + n_.biases.back();
      }
      sums.push_back(named_neuron(z, "z", j));
    }
    tensor_ = of_net(layer);
    step(std::move(sums));
  }

  void add_softmax(const Softmax& layer) {
    const ModuleTrace::Part part("softmax");
    std::vector<Value> powers, shares;
    for (const Value& x : n_.outputs) powers.push_back(exp(x));
    Value sum = powers[0];
    for (std::size_t i = 1; i < powers.size(); ++i) sum = sum + powers[i];
    for (std::size_t i = 0; i < powers.size(); ++i)
      shares.push_back(named(powers[i] / sum, "p", i + 1));
    tensor_ = of_net(layer);
    step(std::move(shares));
  }

  /// Any module or function, as long as it does to a number alone what it does among others.
  void add_elementwise(const AnyModule& layer, std::size_t place) {
    std::vector<Value> results;
    Tensor together;
    try {
      {
        const ModuleTrace::Part part(layer.state()->type);
        const ModuleTrace unseen;  // one frame for the layer, none for each of its calls
        for (std::size_t i = 0; i < n_.outputs.size(); ++i)
          results.push_back(named_neuron(layer.forward(n_.outputs[i]), "h", i));
      }
      together = of_net(layer);
    } catch (const Error& e) { refuse(layer, place, e.what()); }
    const std::vector<double> wanted = together.to_vector();
    bool same = wanted.size() == results.size() && layer.parameters().empty();
    for (std::size_t i = 0; same && i < results.size(); ++i)
      same = results[i].rank() == 0 &&
             !(std::abs(results[i].item() - wanted[i]) > 1e-9 * (1 + std::abs(wanted[i])));
    if (!same) refuse(layer, place, "it does not work on each element alone");
    tensor_ = together;
    step(std::move(results));
  }

  /// What the layer itself makes of its input.
  Tensor of_net(const Module& layer) const {
    const no_grad off;
    return layer(tensor_).data();
  }

  [[noreturn]] static void refuse(const AnyModule& layer, std::size_t place, const char* why) {
    fail(
        "neurons: layer {} ({}) cannot be taken apart into neurons: {}; use Linear, Softmax and "
        "activations",
        place, layer.state()->type, why);
  }

  void step(std::vector<Value> values) {
    n_.outputs = values;
    n_.layers.push_back(std::move(values));
  }

  Tensor tensor_;  // the same values as the net computes them
  Neurons n_;
  std::size_t linear_layers_ = 0;
};

}  // namespace

Neurons neurons(const Sequential& net, const Tensor& row) {
  if (row.rank() != 1 || row.numel() == 0)
    fail("neurons: inputs of shape {} are not one row (features,)", row.shape());
  Builder builder(row);
  builder.add(net);
  return builder.result();
}

}  // namespace brickgrad::nn
