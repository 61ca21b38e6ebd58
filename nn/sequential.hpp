// Sequential: layers applied one after the other. MLP: linear layers with activations between.
//   nn::Sequential net{nn::Linear(2, 3), nn::Sigmoid(), nn::Linear(3, 2)};
//   Value y = net(x);
//   net.push_back([](const Value& x) { return softmax(x); });   // any function of a Value
//   net.at<nn::Linear>(0).weight();
//   nn::MLP deep({2, 8, 8, 2}, {.activation = nn::Tanh(), .seed = 1});
#pragma once

#include <cstdint>
#include <memory>
#include <nn/activation.hpp>
#include <nn/linear.hpp>
#include <nn/module.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace brickgrad::nn {

namespace internal {

/// Modules that are called by the operator of Module, which tells traces and summaries of it.
template <class M>
concept IsCalledAsModule = std::derived_from<M, Module> &&
    requires(void (*take)(Value (Module::*)(const Value&) const)) {
  take(&M::operator());
};

}  // namespace internal

/// A module of any type, or a function from Value to Value. Copies share it.
class AnyModule : public Module {
 public:
  template <class M>
  requires(!std::derived_from<M, AnyModule>) AnyModule(M layer) {
    static_assert(std::is_invocable_r_v<Value, const M&, const Value&>,
                  "a layer is called as layer(x) with x a Value, and returns a Value");
    calls_itself_ = internal::IsCalledAsModule<M>;
    if constexpr (std::derived_from<M, Module>) share_state(layer);
    if (state()->type == "Module") describe(internal::type_name<M>());
    layer_ = std::make_shared<Layer<M>>(std::move(layer));
  }
  Value forward(const Value& x) const override { return layer_->call(x); }
  /// The call of the module, where that is the usual one; else one that is told of here.
  Value operator()(const Value& x) const {
    return calls_itself_ ? forward(x) : Module::operator()(x);
  }
  using Module::operator();
  /// The module, when it is of this type, or null.
  template <class M>
  const M* get() const {
    const auto* layer = dynamic_cast<const Layer<M>*>(layer_.get());
    return layer ? &layer->content : nullptr;
  }

 private:
  struct Concept {
    virtual ~Concept() = default;
    virtual Value call(const Value& x) const = 0;
  };
  template <class M>
  struct Layer final : Concept {
    explicit Layer(M m) : content(std::move(m)) {}
    Value call(const Value& x) const override { return content(x); }
    M content;
  };
  std::shared_ptr<const Concept> layer_;
  bool calls_itself_ = false;
};

class Sequential : public Module {
 public:
  Sequential() : Sequential(std::vector<AnyModule>{}) {}
  /// The layers, which become the children "0", "1", …
  explicit Sequential(const std::vector<AnyModule>& layers);
  template <class First, class... Rest>
  requires(!std::derived_from<First, Sequential> ||
           sizeof...(Rest) > 0) explicit(sizeof...(Rest) == 0) Sequential(First first, Rest... rest)
      : Sequential() {
    push_back(AnyModule(std::move(first)));
    (push_back(AnyModule(std::move(rest))), ...);
  }

  Value forward(const Value& x) const override;
  void push_back(const AnyModule& layer);
  std::size_t size() const { return layers_->size(); }
  /// Layer i. Throws Error when there are not so many.
  const AnyModule& operator[](std::size_t i) const;
  /// Layer i as what it is. Throws Error when that is not an M.
  template <class M>
  const M& at(std::size_t i) const {
    if (const M* layer = (*this)[i].template get<M>()) return *layer;
    fail_type(i, internal::type_name<M>());
  }

 private:
  [[noreturn]] void fail_type(std::size_t i, const std::string& wanted) const;
  std::shared_ptr<std::vector<AnyModule>> layers_;
};

struct MLPOptions {
  /// One module, used in every place.
  AnyModule activation = ReLU();
  bool bias = true;
  std::optional<std::uint64_t> seed = {};
  DType dtype = float64;
  Initializer init = nullptr;
  Initializer bias_init = nullptr;
};

/// A multilayer perceptron: Linear(sizes[0], sizes[1]), activation, Linear(sizes[1], sizes[2]), …
/// without an activation at the end. As a Sequential its weights are "0.weight", "2.weight", …
class MLP : public Sequential {
 public:
  /// Throws Error for less than two sizes.
  explicit MLP(const std::vector<std::int64_t>& sizes, const MLPOptions& options = {});
};

}  // namespace brickgrad::nn
