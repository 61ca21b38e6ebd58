// The workloads of the bench as another library computes them.
#pragma once

#include <autograd/tensor/tensor.hpp>
#include <functional>
#include <string>
#include <vector>

namespace bench {

/// Ready to run: a step returns the loss, or another number that both compute.
struct Peer {
  std::function<double()> step;
};

/// The workload of this name, with the data and the initial parameters of ours; no step when the
/// peer has no such workload. It reads `inputs`, which must outlive it, where they lie.
Peer libtorch(const std::string& workload, const std::vector<brickgrad::Tensor>& inputs);
std::string libtorch_version();
void set_libtorch_threads(int count);

}  // namespace bench
