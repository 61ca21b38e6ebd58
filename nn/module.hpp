// Module: a part of a network. It has named parameters, child modules and a call operator. To write
// one, derive from Module, register what it has by name, and say what it computes:
//   struct Net : nn::Module {
//     nn::Linear hidden = child("hidden", nn::Linear(2, 8));
//     nn::Linear last = child("last", nn::Linear(8, 1));
//     Value scale = parameter("scale", 1.0);
//     Value forward(const Value& x) const override { return scale * last(tanh(hidden(x))); }
//   };
// A module is a handle, like Value: copies share the parameters. Two networks with parameters of
// their own are constructed twice; copy_from() makes their values equal.
#pragma once

#include <autograd/draw/module_trace.hpp>
#include <autograd/graph/value.hpp>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace brickgrad::nn {

class Module;

namespace internal {

/// What all copies of a module share.
struct ModuleState {
  struct Child {
    std::string name;
    std::shared_ptr<ModuleState> state;
  };
  std::string type = "Module";  // for summaries: "Linear"
  std::string details;          // and what it was made with: "2, 3"
  bool training = true;
  std::vector<std::pair<std::string, Value>> parameters;
  std::vector<Child> children;
};

/// Told of every call of a module while it lives on this thread: how summaries learn shapes.
class CallObserver {
 public:
  CallObserver();
  virtual ~CallObserver();
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;
  virtual void called(const ModuleState& module, const Value& result) = 0;
  static CallObserver* current() { return current_; }

 private:
  static inline constinit thread_local CallObserver* current_ = nullptr;
  CallObserver* before_;
};

/// Tells a ModuleTrace of a call while it lives. A module with an operator() of its own makes one
/// there.
class TracedCall {
 public:
  TracedCall(const Module& module, const Value& x);
  ~TracedCall();
  TracedCall(const TracedCall&) = delete;
  TracedCall& operator=(const TracedCall&) = delete;

 private:
  std::unique_ptr<ModuleTrace::Part> part_;
  const ModuleState* before_ = nullptr;
};

/// The unqualified name of a type, from what the compiler calls this function.
std::string unqualified(std::string_view function);
template <class T>
std::string type_name() {
  return unqualified(__PRETTY_FUNCTION__);
}

}  // namespace internal

class Module {
 public:
  Module();
  virtual ~Module() = default;
  Module(const Module&) = default;
  Module(Module&&) = default;
  Module& operator=(const Module&) = default;
  Module& operator=(Module&&) = default;

  /// What the module computes. Throws Error unless overridden; a module with other inputs than one
  /// value has an operator() of its own instead.
  virtual Value forward(const Value& x) const;
  Value operator()(const Value& x) const;
  /// The same of a constant: no gradient flows into a tensor.
  Value operator()(const Tensor& x) const;

  /// All parameters, those of the children included, each once, in the order of registration with
  /// a module's own first.
  std::vector<Value> parameters() const;
  /// The same with names: "weight", "0.weight", "hidden.bias".
  std::vector<std::pair<std::string, Value>> named_parameters() const;
  /// How many numbers they are.
  std::int64_t parameter_count() const;
  /// Makes the gradients of all parameters zero.
  void zero_grad() const;
  /// Sets the values of all parameters to those of a module of the same structure. Throws Error
  /// where names or shapes differ.
  void copy_from(const Module& other) const;

  /// Training or evaluation, for modules that differ between them; with the children.
  void train(bool on = true) const;
  void eval() const { train(false); }
  bool is_training() const { return state_->training; }

  // For the rest of nn.
  const std::shared_ptr<internal::ModuleState>& state() const { return state_; }

 protected:
  /// Registers a parameter and returns it. Throws Error for a name that is taken, empty or has a
  /// point, and for a value that receives no gradient.
  Value parameter(std::string_view name, const Value& value);
  /// Registers a module, whose parameters get names that begin with `name` and a point, and returns
  /// it. Throws Error as parameter() does.
  template <std::derived_from<Module> M>
  M child(std::string_view name, M module) {
    if (module.state()->type == "Module") module.state()->type = internal::type_name<M>();
    add_child(name, module.state());
    return module;
  }
  /// What summaries say of this module: its type and what it was made with.
  void describe(std::string_view type, std::string_view details = "");
  /// Makes this module one with another: they share everything registered.
  void share_state(const Module& other) { state_ = other.state_; }

 private:
  /// The call for a ModuleTrace.
  Value traced(const Value& x) const;
  void check_name(std::string_view name) const;
  void add_child(std::string_view name, const std::shared_ptr<internal::ModuleState>& child);
  std::shared_ptr<internal::ModuleState> state_;
};

}  // namespace brickgrad::nn
