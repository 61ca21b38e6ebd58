// A chain of elementwise ops over arrays of one shape, computed block by block: what one op makes
// is still in the cache when the next one reads it, and only what is asked for reaches memory.
// Forward, or forward and backward in one pass:
//   Chain chain(n, float32);
//   const int x = chain.add_array(data), y = chain.add_op(tanh_index, nullptr, {&x, 1}, reads);
//   chain.keep(y, out);
//   chain.run();
#pragma once

#include <array>
#include <autograd/dtype.hpp>
#include <autograd/ops/contract.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <span>

namespace brickgrad {

class Chain {
 public:
  /// The most operands and ops of one chain.
  static constexpr int capacity = 64;

  Chain(std::int64_t n, DType dtype) : n_(n), dtype_(dtype) {}

  // Slots: operands, and the results of ops on earlier slots. Each returns the place of its slot.
  int add_array(const void* data);
  int add_number(double number);
  /// `reads` says what the partial to each input looks at. `value` is the result, if it is there
  /// already.
  int add_op(int op_index, const void* op, std::span<const int> inputs, const Reads* reads,
             const void* value = nullptr);

  // What is asked for.
  /// The values of a slot are written here.
  void keep(int slot, void* data);
  /// The sum over a slot goes here.
  void sum(int slot, double* to);
  /// The gradient of the one slot where the way back begins: an array, or one number for all
  /// elements. It goes on through the ops that flow() was called for.
  void seed(int slot, const Operand& gradient) {
    seeded_ = slot;
    seed_ = gradient;
  }
  void flow(int op_slot) { slot(op_slot).flows = true; }
  /// Where the gradient of a slot goes. That of a number is summed over the elements.
  void gradient(int slot, const GradientTarget& to);

  void run();

 private:
  struct Slot {
    int op_index = -1;  // an operand has none
    const void* op = nullptr;
    const Reads* reads = nullptr;
    int count = 0;  // of inputs
    std::array<int, max_operands> inputs{};
    bool is_number() const { return op_index < 0 && !value; }
    const void* value = nullptr;  // null: computed into `kept`, or into a block
    void* kept = nullptr;
    double number = 0;
    bool needed = false;     // the value is
    bool read_back = false;  // by the way back
    int last_reader = -1;    // the last op that is computed from it
    bool flows = false;      // its gradient goes on to the inputs
    bool wants = false;      // a gradient is wanted
    GradientTarget target{};
    double* sum = nullptr;
    int value_block = -1, gradient_block = -1, partial = -1;  // places in the scratch memory
  };
  Slot& next_slot();
  Slot& slot(int i) { return slots_[static_cast<std::size_t>(i)]; }
  const Slot& slot(int i) const { return slots_[static_cast<std::size_t>(i)]; }
  void find_readers();
  void plan();
  template <class T>
  void run_blocks();
  template <class T>
  class Worker;

  std::int64_t n_;
  DType dtype_;
  int size_ = 0, partials_ = 0, seeded_ = -1;
  int blocks_ = 1;  // the first stands for what is not read
  Operand seed_;
  std::array<Slot, capacity> slots_;
};

}  // namespace brickgrad
