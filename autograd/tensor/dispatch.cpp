#include <autograd/error.hpp>
#include <autograd/tensor/cpu_features.hpp>
#include <autograd/tensor/kernels.hpp>
#include <cstdlib>
#include <string_view>

extern "C" {
#ifdef BRICKGRAD_BASELINE_ONLY
extern const brickgrad::Kernels brickgrad_kernels_baseline;
#else
extern const brickgrad::Kernels brickgrad_kernels_sse2, brickgrad_kernels_avx2,
    brickgrad_kernels_avx512;
#endif
}

namespace brickgrad {
namespace {

/// What BRICKGRAD_CPU asks for.
std::string_view wish() {
  const char* text = std::getenv("BRICKGRAD_CPU");
  const std::string_view word = text && *text ? text : "avx512";
  for (const std::string_view known : {"sse2", "avx2", "avx512", "baseline"})
    if (word == known) return word;
  fail("BRICKGRAD_CPU: {} is none of sse2, avx2 and avx512", word);
}

ChosenKernels suitable() {
  const std::string_view at_most = wish();
#ifdef BRICKGRAD_BASELINE_ONLY
  static_cast<void>(at_most);
  return {&brickgrad_kernels_baseline, &brickgrad_kernels_baseline};
#else
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512bw");
  if (at_most == "sse2" || at_most == "baseline" || !avx2)
    return {&brickgrad_kernels_sse2, &brickgrad_kernels_sse2};
  if (at_most == "avx2" || !avx512) return {&brickgrad_kernels_avx2, &brickgrad_kernels_avx2};
  return {&brickgrad_kernels_avx512, &brickgrad_kernels_avx2};
#endif
}

}  // namespace

const ChosenKernels& choose_kernels() {
  static const ChosenKernels suited = suitable();
  chosen_kernels.store(&suited, std::memory_order_release);
  return suited;
}

const char* cpu_features() { return kernels().name; }

}  // namespace brickgrad
