// Initial values of parameters, from seeded random numbers that are the same on every platform.
// The names and formulas are PyTorch's (torch.nn.init); matrices here are (in x out).
//   nn::manual_seed(42);             // what follows without a seed of its own is reproducible
//   nn::init::uniform_(w, -1, 1);
//   nn::init::xavier_normal_(w, 1.0, /*seed=*/7);
#pragma once

#include <autograd/graph/value.hpp>
#include <cstdint>
#include <functional>
#include <optional>

namespace brickgrad::nn {

/// Starts this thread's sequence of seeds anew. It starts at manual_seed(0).
void manual_seed(std::uint64_t seed);
/// The next seed of the sequence; no two are the same.
std::uint64_t next_seed();
/// A seed for the i-th part of something that was given one seed.
std::uint64_t derived_seed(std::uint64_t seed, std::uint64_t i);

/// Fills a parameter from a seed: the type of options that choose an initialiser.
using Initializer = std::function<void(const Value& parameter, std::uint64_t seed)>;

namespace init {

/// A seed, or nothing for the next one of the thread's sequence.
using Seed = std::optional<std::uint64_t>;

/// Uniform on [low, high).
void uniform_(const Value& v, double low = 0, double high = 1, Seed seed = {});
void normal_(const Value& v, double mean = 0, double deviation = 1, Seed seed = {});
void constant_(const Value& v, double number);
void zeros_(const Value& v);
void ones_(const Value& v);

// For matrices, fan_in and fan_out are the extents (in, out). Throws Error for other ranks.

/// Uniform on ±gain sqrt(6 / (fan_in + fan_out)). Source: Glorot and Bengio (2010).
void xavier_uniform_(const Value& v, double gain = 1, Seed seed = {});
/// Normal with deviation gain sqrt(2 / (fan_in + fan_out)).
void xavier_normal_(const Value& v, double gain = 1, Seed seed = {});
/// Uniform on ±gain sqrt(3 / fan_in); the gain for ReLU is sqrt(2). Source: He et al. (2015).
void kaiming_uniform_(const Value& v, double gain = 1.4142135623730951, Seed seed = {});
/// Normal with deviation gain / sqrt(fan_in).
void kaiming_normal_(const Value& v, double gain = 1.4142135623730951, Seed seed = {});

}  // namespace init
}  // namespace brickgrad::nn
