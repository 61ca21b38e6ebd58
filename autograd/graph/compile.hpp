// A function of values that is recorded once and run again without building its graph: worth it
// for small arrays, where building costs more than computing.
//   auto loss_of = compile([&](const Value& x, const Value& y) { return mse_loss(net(x), y); });
//   Value loss = loss_of(batch, targets);  loss.backward();  optimizer.step();
// The numbers are those of the function itself, forward and backward. Tensors and constants may
// change from call to call; so may leaves that the function reads, such as the parameters. An
// argument of another shape or element type, another number or list of labels, or another value
// that receives a gradient is noticed, and the function recorded again. Everything else that it
// reads (a captured tensor or list of labels, a random number, which leaf a variable is) is what it
// was when recorded: pass what changes as an argument, or call forget().
#pragma once

#include <array>
#include <autograd/graph/value.hpp>
#include <bit>
#include <memory>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

namespace brickgrad {

namespace internal {

/// What a compiled function is called with.
class CallArguments {
 public:
  void clear();
  void add(const Value& v) { inputs_.push_back({v.node(), nullptr}); }
  void add(const Tensor& t) { inputs_.push_back({nullptr, &t}); }
  template <class T>
  requires std::is_arithmetic_v<T>
  void add(T number) {
    static_assert(sizeof(T) <= sizeof(std::int64_t), "pass a double instead of a long double");
    fixed_.push_back(std::is_floating_point_v<T> ? 0 : 1);
    if constexpr (std::is_floating_point_v<T>)
      fixed_.push_back(std::bit_cast<std::int64_t>(static_cast<double>(number)));
    else
      fixed_.push_back(static_cast<std::int64_t>(number));
  }
  void add(std::span<const std::int64_t> labels) {
    fixed_.push_back(2);
    fixed_.push_back(static_cast<std::int64_t>(labels.size()));
    fixed_.insert(fixed_.end(), labels.begin(), labels.end());
  }

  struct Input {
    Node* node;
    const Tensor* tensor;
    bool wants_gradient() const { return node && node->is(requires_grad); }
  };
  std::span<const Input> inputs() const { return inputs_; }
  /// What cannot change within a recording.
  std::span<const std::int64_t> fixed() const { return fixed_; }

 private:
  std::vector<Input> inputs_;
  std::vector<std::int64_t> fixed_;
};

/// One recorded graph, with memory for its values that later runs write again.
class Recording;

/// The recordings of a function.
class Recordings {
 public:
  Recordings();
  Recordings(Recordings&&) noexcept;
  Recordings& operator=(Recordings&&) noexcept;
  ~Recordings();

  /// Arguments to be filled in, with the memory of those of the last call; a call within a call has
  /// its own.
  CallArguments take_arguments() { return std::move(arguments_); }
  /// Runs a recording that fits the arguments and whose values nobody holds; empty without one.
  Value run(const CallArguments& arguments);
  /// Values for the function to be called with, one for each that is no fixed argument: to be
  /// recorded, leaves of our own; else constants for tensors.
  std::vector<Value> begin(const CallArguments& arguments, bool records);
  /// Keeps what was recorded with them. `is_pure` says that no value left the graph meanwhile.
  void finish(const CallArguments& arguments, std::vector<Value> inputs, const Value& result,
              bool is_pure);
  void give_back(CallArguments arguments) {
    arguments.clear();
    arguments_ = std::move(arguments);
  }
  /// Whether it is in vain to record.
  bool cannot_run() const { return cannot_run_; }
  void forget();
  int count() const { return count_; }

 private:
  // Two, so that the last result may be held while the next is computed.
  std::array<std::unique_ptr<Recording>, 2> recordings_;
  CallArguments arguments_;
  int next_ = 0, count_ = 0;
  bool cannot_run_ = false;
};

/// While one lives, everything on this thread is recorded, constants included, and values that
/// leave the graph are noticed.
class WatchGraph {
 public:
  WatchGraph() : before_(std::exchange(left_graph, &left_)) {}
  ~WatchGraph() { left_graph = before_; }
  WatchGraph(const WatchGraph&) = delete;
  WatchGraph& operator=(const WatchGraph&) = delete;
  bool left() const { return left_; }

 private:
  bool left_ = false;
  bool* before_;
};

/// What the function sees of an argument.
inline Value seen_by_function(const Value&, const Value*& next) { return *next++; }
inline Value seen_by_function(const Tensor&, const Value*& next) { return *next++; }
template <class T>
const T& seen_by_function(const T& fixed, const Value*&) {
  return fixed;
}

}  // namespace internal

/// See compile(). One thread at a time calls it. What cannot be run again is recorded at every
/// call, as without compile(): functions that read values (item(), data(), comparisons), change
/// something in place, call backward() or use no_grad, and graphs with large arrays, whose cost is
/// not in building them.
template <class F>
class Compiled {
 public:
  explicit Compiled(F function) : function_(std::move(function)) {}

  /// Calls the function, or runs what was recorded. Values and tensors reach it as Values; numbers
  /// and lists of class labels as they are.
  template <class... A>
  Value operator()(const A&... arguments) {
    static_assert((... && (std::is_convertible_v<const A&, const Value&> ||
                           std::is_same_v<A, Tensor> || std::is_arithmetic_v<A> ||
                           std::is_convertible_v<const A&, std::span<const std::int64_t>>)),
                  "a compiled function takes values, tensors, numbers and lists of labels");
    internal::CallArguments call = recordings_.take_arguments();
    (call.add(arguments), ...);
    // Without gradients, and inside another recording, there is nothing to keep.
    const bool records =
        internal::grad_enabled && internal::left_graph == nullptr && !recordings_.cannot_run();
    if (records)
      if (Value again = recordings_.run(call); again.node_or_null()) {
        recordings_.give_back(std::move(call));
        return again;
      }
    std::vector<Value> inputs = recordings_.begin(call, records);
    const Value* next = inputs.data();
    std::optional<internal::WatchGraph> watch;
    if (records) watch.emplace();
    // Braces, so that the arguments are matched from left to right.
    Value result =
        std::apply(function_, std::tuple<decltype(internal::seen_by_function(arguments, next))...>{
                                  internal::seen_by_function(arguments, next)...});
    if (records) recordings_.finish(call, std::move(inputs), result, !watch->left());
    recordings_.give_back(std::move(call));
    return result;
  }

  /// How often the function itself was called.
  int recordings() const { return recordings_.count(); }
  /// Calls it anew next time: for when something it reads has changed that is no argument.
  void forget() { recordings_.forget(); }

 private:
  F function_;
  internal::Recordings recordings_;
};

/// A function whose graph is built once. It takes values, tensors, numbers and labels
/// (std::vector<std::int64_t>), and returns a Value.
template <class F>
Compiled<F> compile(F function) {
  return Compiled<F>(std::move(function));
}

}  // namespace brickgrad
