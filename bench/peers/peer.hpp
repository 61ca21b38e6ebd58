// The workloads of the bench as another library computes them.
#pragma once

#include <functional>
#include <string>

namespace bench {

/// Ready to run: a step returns the loss, or another number that both compute.
struct Peer {
  std::function<double()> step;
};

/// The workload of this name, with the data and the initial parameters of ours; no step when the
/// peer has no such workload.
Peer libtorch(const std::string& workload);
std::string libtorch_version();
void set_libtorch_threads(int count);

}  // namespace bench
