// A workload: the same work done by the engine and by hand, to be timed in turns.
#pragma once

#include <autograd/tensor/tensor.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/// Numbers that both sides computed, and how far they may differ relative to the largest of them.
struct Result {
  std::string what;
  std::vector<double> ours, limit;
  double tolerance;
};

/// Bytes that each side takes at its peak, and how many times the limit's ours may be.
struct Memory {
  double ours, limit, target;
};

/// Both sides, made and ready. A call runs that many steps.
struct Sides {
  std::function<void(int)> ours, limit;
  /// Runs a few steps of both, before any is timed, and returns what must agree.
  std::function<std::vector<Result>()> results;
  /// Called after that, where memory is compared.
  std::function<Memory()> memory = {};
  /// What is only read, where most of the time goes into that: another library reads it where it
  /// lies, as of two copies the processor may keep one in a cache and not the other.
  std::vector<brickgrad::Tensor> inputs = {};
};

struct Workload {
  std::string name;   // for filters: "mlp_adam"
  std::string title;  // for tables
  /// Our time is at most this many times the limit's; or, where a step is divided into operations,
  /// this many nanoseconds an operation.
  double target;
  std::function<Sides()> make;
  int operations = 1;
  /// The limit's time is this part of what is measured.
  double limit_scale = 1;
};

using Workloads = std::vector<Workload>;

// Each in the source file of its name, beside which limits/ has a file for the other side.
void xor_step(Workloads& all);
void regression_step(Workloads& all);
void mlp(Workloads& all);
void elementwise(Workloads& all);
void gemm(Workloads& all);
void conv(Workloads& all);
void lstm(Workloads& all);
void attention(Workloads& all);
void memory_bound(Workloads& all);
void scalar_chain(Workloads& all);

/// All of them, or those with one of these texts in their name or title.
Workloads workloads_like(const std::vector<std::string>& filters);

/// Keeps a result from being optimised away.
inline void keep(const double& x) { asm volatile("" : : "r"(&x) : "memory"); }

}  // namespace bench
