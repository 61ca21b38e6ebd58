// The table of one instruction set. This file is compiled several times; only the table's symbol
// leaves its object, so that no inline function of a newer processor is shared with the rest.
#include <autograd/tensor/kernels/convolution.hpp>
#include <autograd/tensor/kernels/correlation.hpp>
#include <autograd/tensor/kernels/correlation_lanes.hpp>
#include <autograd/tensor/kernels/elementwise.hpp>
#include <autograd/tensor/kernels/image_lanes.hpp>
#include <autograd/tensor/kernels/matmul.hpp>
#include <autograd/tensor/kernels/network.hpp>
#include <autograd/tensor/kernels/pooling.hpp>
#include <autograd/tensor/kernels/product_sum.hpp>
#include <autograd/tensor/kernels/reduce.hpp>
#include <autograd/tensor/kernels/short_rows.hpp>

#ifndef BRICKGRAD_ISA
#define BRICKGRAD_ISA baseline
#endif
#define BRICKGRAD_PASTE_(a, b) a##b
#define BRICKGRAD_PASTE(a, b) BRICKGRAD_PASTE_(a, b)
#define BRICKGRAD_TEXT_(a) #a
#define BRICKGRAD_TEXT(a) BRICKGRAD_TEXT_(a)

namespace brickgrad::lanes {
namespace {

template <class T>
constexpr Routines routines() {
  return {{{
#define BRICKGRAD_KERNEL(Op, function) elementwise_kernel<ops::Op, T>(),
              BRICKGRAD_ELEMENTWISE_OPS(BRICKGRAD_KERNEL)
#undef BRICKGRAD_KERNEL
          }},
          matmul<T>,
          large_matmul<T>,
          product_sum<T>,
          matmul_and_sums<T>,
          sum<T>,
          max<T>,
          squared_error<T>,
          squared_error_gradient<T>,
          axpy<T>,
          add_rows<T>,
          scale_past_cache<T>,
          exp_shifted<T>,
          exp_short_rows<T>,
          softmax_short_rows<T>,
          affine<T>,
          normalize<T>,
          normalize_gradient<T>,
          normalize_gain<T>,
          softmax_gradient<T>,
          lstm<T>,
          lstm_gradient<T>,
          convolve<T>,
          correlate<T>,
          correlate_lanes<T>,
          max_pool<T>,
          max_unpool<T>,
          max_pool_lanes<T>,
          max_unpool_lanes<T>,
          into_lanes<T>,
          out_of_lanes<T>};
}

}  // namespace
}  // namespace brickgrad::lanes

extern "C" {
extern const brickgrad::Kernels BRICKGRAD_PASTE(brickgrad_kernels_, BRICKGRAD_ISA);
constinit const brickgrad::Kernels BRICKGRAD_PASTE(brickgrad_kernels_, BRICKGRAD_ISA) = {
    BRICKGRAD_TEXT(BRICKGRAD_ISA),
    BRICKGRAD_VECTOR_BYTES,
    {brickgrad::lanes::routines<double>(), brickgrad::lanes::routines<float>()}};
}
