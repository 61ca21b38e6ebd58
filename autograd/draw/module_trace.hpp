// ModuleTrace: remembers, while it lives, which part of a program computed what, so that pictures
// can group it:
//   ModuleTrace trace;
//   Value loss = nn::cross_entropy(net(X), labels);
//   render(loss, "loss.svg", {.modules = &trace});               // a frame around every module
//   render(loss, "layers.svg", {.modules = &trace, .depth = 1});  // a card for every layer
// Modules report their calls by themselves; ModuleTrace::Part marks any other stretch of code.
#pragma once

#include <autograd/graph/value.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace brickgrad {

/// Listens on the thread that made it, which must also be the one that destroys it; of several, the
/// last one listens. It holds no values but leaves that modules were called with,
/// and can be drawn from after it was stopped or while it still listens.
class ModuleTrace {
 public:
  struct Call {
    /// What the caller calls this part, "0" or "hidden"; empty for the outermost.
    std::string name;
    /// What it is: "Linear", and what it was made with: "2, 3".
    std::string type, details;
    /// It computed what was recorded from one reading of the engine's clock to the other.
    std::uint64_t begin = 0, end = ~std::uint64_t{0};
    /// The call in which it was made, -1 for none.
    int parent = -1;
    /// How many calls are around it.
    int level = 0;
    /// The leaves among what it was called with: they stand outside.
    std::vector<Value> inputs = {};
  };

  ModuleTrace();
  ~ModuleTrace();
  ModuleTrace(const ModuleTrace&) = delete;
  ModuleTrace& operator=(const ModuleTrace&) = delete;

  /// Calls in their order, a caller before those that it made.
  const std::vector<Call>& calls() const { return calls_; }
  /// Forgets all calls, for the next step of a training.
  void clear();

  /// What was computed while it lives belongs together, under this name:
  ///   ModuleTrace::Part part("attention");
  /// Does nothing without a trace.
  class Part {
   public:
    explicit Part(std::string_view name, std::string_view type = "", std::string_view details = "",
                  std::span<const Value> inputs = {});
    ~Part();
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;

   private:
    ModuleTrace* trace_;
    int call_ = -1;
  };

  /// The one that listens on this thread, or null.
  static ModuleTrace* current() { return current_; }

 private:
  static inline constinit thread_local ModuleTrace* current_ = nullptr;
  ModuleTrace* before_;
  std::vector<Call> calls_;
  int open_ = -1;
};

}  // namespace brickgrad
