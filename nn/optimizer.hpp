// Optimizer: what all optimisers share. A new one is a class whose step() says what happens to one
// parameter; it runs over raw memory, in the element type of the parameter:
//   class SignDescent : public nn::Optimizer {
//    public:
//     SignDescent(std::vector<Value> p, double lr) : Optimizer("SignDescent", std::move(p), lr) {}
//     void step() override {
//       update_all([&](auto p) {
//         for (std::int64_t i = 0; i < p.numel; ++i)
//           p.value[i] -= (p.gradient[i] > 0 ? 1 : -1) * p.number(lr());
//       });
//     }
//   };
#pragma once

#include <array>
#include <autograd/graph/value.hpp>
#include <autograd/tensor/parallel.hpp>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace brickgrad::nn {

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(Optimizer&&) = default;
  Optimizer& operator=(Optimizer&&) = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Makes the gradients zero; they add up until then.
  void zero_grad() const;
  /// Moves every parameter that has a gradient.
  virtual void step() = 0;
  const std::vector<Value>& parameters() const { return parameters_; }
  double lr() const { return lr_; }
  /// A new learning rate, for schedules. Throws Error when it is negative.
  void set_lr(double lr);

 protected:
  static constexpr int max_moments = 3;
  static constexpr std::int64_t worth_a_thread = 32768;  // elements

  /// The optimiser keeps `moments` arrays, up to max_moments, zero at first, beside each parameter.
  /// A parameter given twice counts once. Throws Error for more moments, for no parameters, for one
  /// that receives no gradient, and for a negative lr.
  Optimizer(const char* name, std::vector<Value> parameters, double lr, int moments = 0);

  /// One parameter: contiguous arrays of `numel` elements.
  template <class T>
  struct Parameter {
    std::int64_t numel;
    T* value;
    const T* gradient;
    std::array<T*, max_moments> moments;
    std::int64_t step;  // 1 when it is updated for the first time

    static T number(double x) { return static_cast<T>(x); }
  };
  /// Calls update(Parameter<T>) for every parameter that has a gradient. It may return a function
  /// of (begin, end) that updates these elements: then large parameters are updated by several
  /// threads.
  template <class Update>
  void update_all(const Update& update) {
    const std::uint64_t time = ModificationClock::tick();
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      brickgrad::internal::Node& node = *parameters_[i].node();
      if (!node.is(brickgrad::internal::has_adjoint)) continue;
      const auto leaf = brickgrad::internal::open_leaf(node, name_);
      Memory& memory = memories_[i];
      ++memory.steps;
      with_dtype(leaf.dtype, [&](auto zero) {
        using T = decltype(zero);
        Parameter<T> p{leaf.numel,
                       static_cast<T*>(leaf.value),
                       static_cast<const T*>(leaf.gradient),
                       {},
                       memory.steps};
        for (std::size_t k = 0; k < max_moments; ++k)
          p.moments[k] = static_cast<T*>(memory.moments[k]);
        if constexpr (std::is_void_v<decltype(update(p))>)
          update(p);
        else
          run(p.numel, update(p));
      });
      brickgrad::internal::mark_changed(node, name_, time);
    }
  }
  /// Throws Error unless low <= value < high.
  void check(const char* option, double value, double low, double high) const;

 private:
  template <class Work>
  static void run(std::int64_t count, const Work& work) {
    constexpr std::int64_t few = 16;
    if (count > few) return parallel_for(count, {worth_a_thread, 64}, work);
    // One by one: a processor waits where it reads together what was just written in pieces.
    for (std::int64_t i = 0; i < count; ++i) work(i, i + 1);
  }

  struct Memory {
    std::int64_t steps = 0;
    std::array<void*, max_moments> moments{};
    std::vector<Tensor> owned;
  };
  const char* name_;
  double lr_;
  std::vector<Value> parameters_;
  std::vector<Memory> memories_;
};

}  // namespace brickgrad::nn
