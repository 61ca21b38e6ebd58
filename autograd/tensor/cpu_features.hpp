// Which instruction set computes.
#pragma once

namespace brickgrad {

/// "sse2", "avx2", "avx512", or "baseline" off x86-64: the widest that this processor has, or an
/// older one that the environment variable BRICKGRAD_CPU (sse2, avx2 or avx512) asks for. Throws
/// Error when that is another word.
const char* cpu_features();

}  // namespace brickgrad
