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

const Kernels& choose() {
#ifdef BRICKGRAD_BASELINE_ONLY
  return brickgrad_kernels_baseline;
#else
  const char* wish = std::getenv("BRICKGRAD_CPU");
  const std::string_view at_most = wish ? wish : "avx512";
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512bw");
  if (at_most == "sse2" || !avx2) return brickgrad_kernels_sse2;
  if (at_most == "avx2" || !avx512) return brickgrad_kernels_avx2;
  return brickgrad_kernels_avx512;
#endif
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

const char* cpu_features() { return kernels().name; }

}  // namespace brickgrad
