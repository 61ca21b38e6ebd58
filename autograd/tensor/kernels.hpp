// The table of fast routines. It is compiled once for each instruction set and chosen when the
// program starts; nothing else differs between processors.
#pragma once

#include <array>
#include <atomic>
#include <autograd/dtype.hpp>
#include <autograd/ops/elementwise.hpp>
#include <autograd/tensor/image_view.hpp>
#include <autograd/tensor/matrix_view.hpp>
#include <cstdint>

namespace brickgrad {

/// The routines of one elementwise op for one element type. All arrays are contiguous; a `step` of
/// 0 means that one element stands for all of them.
struct ElementwiseKernel {
  /// out[i] = forward(in[0][i step[0]], …)
  void (*forward)(const void* op, std::int64_t n, void* out, const void* const* in,
                  const std::int64_t* step);
  /// d[k][i] (+)= g[i] * partial k, for every d that is not null; bit k of `add` asks for +=.
  void (*backward)(const void* op, std::int64_t n, const void* g, std::int64_t g_step,
                   const void* y, const void* const* in, const std::int64_t* step, void* const* d,
                   unsigned add);
};

/// c = a b + bias, or c += a b + bias. The rows of c and of the bias are contiguous, those of c
/// `c_stride` apart; in a and b, rows or columns are contiguous.
using Matmul = void(const MatrixView& a, const MatrixView& b, const BiasView& bias, void* c,
                    std::int64_t c_stride, bool add);

/// What computes a large product, also in parts, better by rows or by columns: of whole blocks of
/// so many of them, all sums are the same. Each part may first arrange the whole operand that is
/// not divided.
struct LargeMatmul {
  Matmul* run;
  bool by_rows;
  std::int64_t block;
  bool arranges;
  /// Each half of the terms is summed on its own: threads had better have a half each, and with it
  /// one part of both operands. `half` sums one where `run` does both so; else no kernel does.
  bool halves = false;
  Matmul* half = nullptr;
};

/// Rows of so few elements are worked on side by side.
inline constexpr std::int64_t longest_short_row = 15;

/// The mean of a row, and 1 / sqrt(variance + epsilon).
struct Moments {
  double mean, inverse;
};

/// The routines for one element type. Rows are contiguous.
struct Routines {
  std::array<ElementwiseKernel, elementwise_op_count> elementwise;
  Matmul* matmul;
  LargeMatmul (*large_matmul)(const MatrixView& a, const MatrixView& b);
  /// Rows begin .. end of c = a b + a' b' + …, or of c += …, of `count` pairs of the same shape but
  /// for their number of terms. Columns of a and rows of b are contiguous, and so is c.
  void (*product_sum)(const MatrixPair* pairs, std::int64_t count, std::int64_t begin,
                      std::int64_t end, void* c, bool add);
  /// c (+)= a b, and sums (+)= the sum of the rows of b, for contiguous b and c within the
  /// bounds of most_summed_columns and so on.
  void (*matmul_and_sums)(const MatrixView& a, const MatrixView& b, void* c, bool add, void* sums,
                          bool add_sums);
  double (*sum)(std::int64_t n, const void* x);
  double (*max)(std::int64_t n, const void* x);  // NaN wins
  /// The sum of (x - y)^2.
  double (*squared_error)(std::int64_t n, const void* x, const void* y);
  /// out (+)= factor (x - y). See ops::MseLoss::gradient.
  void (*squared_error_gradient)(std::int64_t n, const void* x, const void* y, double factor,
                                 void* out, bool add);
  /// y += alpha x
  void (*axpy)(std::int64_t n, double alpha, const void* x, void* y);
  /// y += the sum of rows of x, which are `stride` apart.
  void (*add_rows)(std::int64_t count, std::int64_t stride, std::int64_t columns, const void* x,
                   void* y);
  /// out = scale x, written past the cache: for what would not stay in it.
  void (*scale_past_cache)(std::int64_t n, const void* x, double scale, void* out);
  /// out = exp(x - maximum), and the sum of it; an infinite maximum is left out.
  double (*exp_shifted)(std::int64_t n, const void* x, double maximum, void* out);
  /// The same for `count` rows of up to `longest_short_row` elements.
  void (*exp_short_rows)(std::int64_t count, std::int64_t length, const void* x, void* out,
                         void* maxima, void* sums);
  /// out = factor softmax(x), for such rows, unless it is null; and unless they are null, the
  /// maxima and log(sum of exp(x - maximum)).
  void (*softmax_short_rows)(std::int64_t count, std::int64_t length, const void* x, double factor,
                             void* out, void* maxima, void* logs);
  /// out = a x + b
  void (*affine)(std::int64_t n, const void* x, double a, double b, void* out);
  /// out = (x - mean) inverse gain + bias for `count` rows, and their moments; past the cache for
  /// what would not stay in it
  void (*normalize)(std::int64_t count, std::int64_t n, const void* x, double epsilon,
                    const void* gain, const void* bias, void* out, Moments* moments,
                    bool past_cache);
  /// Its derivative to x, and gain += that to the gain. See ops::LayerNorm.
  void (*normalize_gradient)(std::int64_t count, std::int64_t n, const void* x,
                             const Moments* moments, const void* gain, const void* g, void* out);
  void (*normalize_gain)(std::int64_t count, std::int64_t n, const void* x, const Moments* moments,
                         const void* g, void* gain);
  /// See ops::Softmax::gradient.
  void (*softmax_gradient)(std::int64_t n, const void* y, const void* g, void* out);
  /// One row of an LSTM: its gates are four runs of n. See ops::LstmGates. d_c may be dc.
  void (*lstm)(std::int64_t n, const void* gates, const void* c, void* h_out, void* c_out);
  void (*lstm_gradient)(std::int64_t n, const void* gates, const void* c, const void* dh,
                        const void* dc, void* d_gates, void* d_c);
  /// y = the convolution of one image with stride 1, plus a bias a channel unless that is null. The
  /// image has a channel at least. Up to 64 bytes after it are read, unless it is several in lanes.
  void (*convolve)(const ImageView& s, const void* x, const void* w, const void* bias, void* y);
  /// w += the derivative to the kernels, summed over images.
  void (*correlate)(const ImageView& s, std::int64_t images, const void* x, const void* g, void* w);
  /// The same for images in lanes. Where there are places, the gradients are those of windows of
  /// 2 x 2, each of one of its elements, which are counted as below.
  void (*correlate_lanes)(const ImageView& s, const void* x, const void* g, const void* places,
                          void* w);
  /// The maxima of the windows of 2 x 2 of one plane and, unless it is null, which of the elements
  /// of its window each is: 0 to 3 by rows; and the way back to these places for their gradients.
  void (*max_pool)(std::int64_t height, std::int64_t width, const void* x, void* out, void* places);
  void (*max_unpool)(std::int64_t height, std::int64_t width, const void* places, const void* g,
                     void* d);
  /// The same for one plane of images in lanes.
  void (*max_pool_lanes)(std::int64_t height, std::int64_t width, const void* x, void* out,
                         void* places);
  void (*max_unpool_lanes)(std::int64_t height, std::int64_t width, const void* places,
                           const void* g, void* d);
  /// As many rows of n as a vector has lanes: column i becomes vector i, and back.
  void (*into_lanes)(std::int64_t n, const void* rows, void* vectors);
  void (*out_of_lanes)(std::int64_t n, const void* vectors, void* rows);
};

struct Kernels {
  const char* name;
  int vector_bytes;
  Routines of_type[2];  // by DType
  const Routines& of(DType t) const { return of_type[static_cast<int>(t)]; }
};

/// The routines that fit this processor, and those for few elements.
struct ChosenKernels {
  const Kernels *all, *few;
};
/// Null until they are chosen.
inline constinit std::atomic<const ChosenKernels*> chosen_kernels{nullptr};
const ChosenKernels& choose_kernels();
inline const ChosenKernels& chosen() {
  const ChosenKernels* known = chosen_kernels.load(std::memory_order_acquire);
  return known ? *known : choose_kernels();
}

/// The routines for this processor; the environment variable BRICKGRAD_CPU (sse2, avx2 or avx512)
/// asks for older ones. Throws Error, at the first computation, when it is another word.
inline const Kernels& kernels() { return *chosen().all; }

/// The same for work on n elements. So few fill long registers in part only, and a processor waits
/// where it reads a long piece of memory that was just written in shorter ones.
inline const Kernels& kernels(std::int64_t n) {
  constexpr std::int64_t few = 16;
  return n <= few ? *chosen().few : *chosen().all;
}

}  // namespace brickgrad
