#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <cmath>
#include <nn/init.hpp>

namespace brickgrad::nn {
namespace {

constinit thread_local std::uint64_t sequence_start = 0, sequence_position = 0;

/// Spreads neighbouring numbers over all 64 bits. Source: Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators" (2014).
std::uint64_t split_mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

void manual_seed(std::uint64_t seed) {
  sequence_start = seed;
  sequence_position = 0;
}

std::uint64_t next_seed() { return derived_seed(sequence_start, sequence_position++); }

std::uint64_t derived_seed(std::uint64_t seed, std::uint64_t i) {
  return split_mix(split_mix(seed) + i);
}

namespace init {
namespace {

std::uint64_t chosen(Seed seed) { return seed ? *seed : next_seed(); }

struct Fans {
  double in, out;
};
Fans fans(const Value& v, const char* name) {
  const Shape s = v.shape();
  if (s.rank() != 2)
    fail(
        "{}: fan-in and fan-out are known for matrices (in, out), not for shape {}; use uniform_ "
        "or normal_",
        name, s);
  if (s.numel() == 0) fail("{}: shape {} has no elements to fill", name, s);
  return {static_cast<double>(s[0]), static_cast<double>(s[1])};
}

}  // namespace

void uniform_(const Value& v, double low, double high, Seed seed) {
  if (!(low <= high) || !std::isfinite(high - low))
    fail("uniform_: [{}, {}) is no interval; give the lower end first", low, high);
  v.copy_(Tensor::rand(v.shape(), chosen(seed), v.dtype()).mul_(high - low).add_(low));
}

void normal_(const Value& v, double mean, double deviation, Seed seed) {
  if (!(deviation >= 0)) fail("normal_: a standard deviation of {} is negative", deviation);
  v.copy_(Tensor::randn(v.shape(), chosen(seed), v.dtype()).mul_(deviation).add_(mean));
}

void constant_(const Value& v, double number) { v.fill_(number); }
void zeros_(const Value& v) { v.fill_(0); }
void ones_(const Value& v) { v.fill_(1); }

void xavier_uniform_(const Value& v, double gain, Seed seed) {
  const Fans f = fans(v, "xavier_uniform_");
  const double bound = gain * std::sqrt(6 / (f.in + f.out));
  uniform_(v, -bound, bound, seed);
}

void xavier_normal_(const Value& v, double gain, Seed seed) {
  const Fans f = fans(v, "xavier_normal_");
  normal_(v, 0, gain * std::sqrt(2 / (f.in + f.out)), seed);
}

void kaiming_uniform_(const Value& v, double gain, Seed seed) {
  const double bound = gain * std::sqrt(3 / fans(v, "kaiming_uniform_").in);
  uniform_(v, -bound, bound, seed);
}

void kaiming_normal_(const Value& v, double gain, Seed seed) {
  normal_(v, 0, gain / std::sqrt(fans(v, "kaiming_normal_").in), seed);
}

}  // namespace init
}  // namespace brickgrad::nn
