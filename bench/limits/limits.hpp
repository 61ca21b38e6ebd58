// The hand-written limits: what each workload costs in plain loops and plain matrix products for
// this very processor. They know nothing of the engine, whose products may be lent to them, and
// keep no standard containers, so that nothing compiled for this processor alone is linked into the
// engine's own path.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace limits {

/// Zeros at first, aligned to a cache line; large ones lie on large pages, as the engine's do.
template <class T>
class Array {
 public:
  explicit Array(std::int64_t size) : size_(size) {
    constexpr std::size_t page = std::size_t{2} << 20;
    std::size_t bytes = static_cast<std::size_t>(size) * sizeof(T);
    const std::size_t unit = bytes >= page ? page : 64;
    bytes = (bytes + unit - 1) / unit * unit;
    data_ = static_cast<T*>(std::aligned_alloc(unit, bytes));
    if (!data_) std::abort();
#ifdef __linux__
    if (unit == page) static_cast<void>(madvise(data_, bytes, MADV_HUGEPAGE));
#endif
    std::memset(data_, 0, bytes);
  }
  ~Array() { std::free(data_); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  std::int64_t size() const { return size_; }
  T* data() const { return data_; }
  operator T*() const { return data_; }
  T* begin() const { return data_; }
  T* end() const { return data_ + size_; }

 private:
  std::int64_t size_;
  T* data_;
};

/// A matrix as an operand of a product: its rows are `stride` apart. Turned, it is the transpose.
struct Factor {
  Factor(const float* data_, int rows_, int columns_) : Factor(data_, rows_, columns_, columns_) {}
  Factor(const float* data_, int rows_, int columns_, int stride_)
      : data(data_), rows(rows_), columns(columns_), stride(stride_) {}
  const float* data;
  int rows, columns, stride;
  bool turned = false;
};
inline Factor turned(Factor f) {
  f.turned = !f.turned;
  return f;
}
/// Where a product goes: its rows are `stride` apart, 0 for contiguous ones. It may be added to
/// what is there.
struct Target {
  Target(float* data_, int stride_ = 0, bool add_ = false)
      : data(data_), stride(stride_), add(add_) {}
  Target(const Array<float>& all) : Target(all.data()) {}
  float* data;
  int stride;
  bool add;
};
/// to = a b, or to += a b
using Multiply = void (*)(const Factor& a, const Factor& b, const Target& to);
void multiply_by_eigen(const Factor& a, const Factor& b, const Target& to);

/// 2-3-2 with biases on the four corners: sigmoid, softmax cross-entropy, gradient descent.
struct XorStep {
  double rate;
  double w1[2][3], b1[3], w2[3][2], b2[2];
  /// One training step; returns the loss before it.
  double step();
};

/// 2-3-2 with biases on 50 rows: sigmoid, mean squared error, gradient descent.
struct RegressionStep {
  static constexpr int rows = 50, padded = 56;
  double rate;
  double w1[2][3], b1[3], w2[3][2], b2[2];
  // By columns, with rows of zeros up to whole vectors.
  Array<double> x{2 * padded}, y{2 * padded};
  double step();
};

/// y = y x + c so many times: the values stored, then walked back.
struct ScalarChain {
  explicit ScalarChain(int length) : values(length) {}
  Array<double> values;
  double x = 0, c = 0;
  /// dy/dx
  double step();
};

/// 784-512-256-10, ReLU between, softmax cross-entropy.
struct Mlp {
  static constexpr int batch = 128, layers = 3, width[] = {784, 512, 256, 10};
  struct Layer {
    Layer(int in_, int out_)
        : in(in_),
          out(out_),
          y(batch * out_),
          dy(batch * out_),
          parts{Part(in_ * out_), Part(out_)} {}
    struct Part {
      explicit Part(int n) : value(n), gradient(n), first(n), second(n) {}
      Array<float> value, gradient, first, second;  // and two moments
    };
    int in, out;
    Array<float> y, dy;
    Part parts[2];  // weight (in, out) and bias
  };
  Layer layer[layers] = {{784, 512}, {512, 256}, {256, 10}};
  Array<float> x{batch * 784};
  Array<std::int64_t> labels{batch};
  int steps = 0;
  Multiply multiply = multiply_by_eigen;

  /// Fills the gradients and returns the loss.
  float gradients();
  void sgd(float rate, float momentum);
  void adam(float rate);
};

/// sum(sigmoid(tanh(x w) + b) exp(-x x)) and its three gradients.
template <class T>
struct Elementwise {
  explicit Elementwise(int n) : x(n), w(n), b(n), dx(n), dw(n), db(n) {}
  Array<T> x, w, b, dx, dw, db;
  T step();
};

/// c = a b, da = dc bᵀ, db = aᵀ dc, all (n, n), by the fastest of Eigen and, where they are
/// installed, OpenBLAS and oneDNN.
template <class T>
struct Gemm {
  explicit Gemm(int n_)
      : n(n_), a(n_ * n_), b(n_ * n_), c(n_ * n_), da(n_ * n_), db(n_ * n_), dc(n_ * n_) {}
  int n;
  Array<T> a, b, c, da, db, dc;
  void step();

 private:
  void by_eigen();
  void by_openblas();
  void by_onednn();
  void (Gemm::*fastest_)() = nullptr;
};

/// Images 28 x 28 through 8 and 16 kernels of 3 x 3, each with ReLU and the largest of 2 x 2, and a
/// linear layer of 10; softmax cross-entropy, gradient descent.
struct ConvNet {
  static constexpr int batch = 64;
  struct Parameter {
    explicit Parameter(int n) : value(n), gradient(n) {}
    Array<float> value, gradient;
  };
  float rate = 0;
  Array<float> x{batch * 28 * 28};
  Array<std::int64_t> labels{batch};
  // (8, 1, 3, 3), (8,), (16, 8, 3, 3), (16,), (400, 10), (10,)
  Parameter w1{8 * 9}, b1{8}, w2{16 * 8 * 9}, b2{16}, w3{400 * 10}, b3{10};
  float step();

  struct Scratch;
  ConvNet();
  ~ConvNet();
  ConvNet(const ConvNet&) = delete;
  ConvNet& operator=(const ConvNet&) = delete;

 private:
  float block(int first);
  void update();
  Scratch* scratch_;
};

/// An LSTM cell unrolled over 32 steps; the loss is the mean of the squares of the last h.
struct Lstm {
  static constexpr int steps = 32, batch = 32, inputs = 128, hidden = 128, gates = 4 * hidden;
  Array<float> x{steps * batch * inputs};
  Array<float> w_ih{inputs * gates}, w_hh{hidden * gates}, b{gates};
  Array<float> d_w_ih{inputs * gates}, d_w_hh{hidden * gates}, d_b{gates};
  Multiply multiply = multiply_by_eigen;
  /// Fills the gradients and returns the loss.
  float step();

 private:
  // States from that before the first step on; gates after their non-linear functions.
  Array<float> h{(steps + 1) * batch * hidden}, c{(steps + 1) * batch * hidden};
  Array<float> gate{steps * batch * gates}, d_gate{steps * batch * gates};
  Array<float> tanh_c{steps * batch * hidden}, dh{batch * hidden}, dc{batch * hidden};
};

/// x + attention of its layer norm, then that + a net with ReLU of its layer norm; the loss is the
/// mean of squares.
struct AttentionBlock {
  static constexpr int batch = 16, tokens = 64, width = 64, inner = 256, rows = batch * tokens;
  static constexpr float epsilon = 1e-5f;
  struct Parameter {
    explicit Parameter(int n) : value(n), gradient(n) {}
    Array<float> value, gradient;
  };
  Array<float> x{rows * width};
  // Queries, keys and values side by side: (64, 192) and (192,).
  Parameter gain1{width}, bias1{width}, w_qkv{width * 3 * width}, b_qkv{3 * width};
  Parameter w_out{width * width}, b_out{width}, gain2{width}, bias2{width};
  Parameter w_up{width * inner}, b_up{inner}, w_down{inner * width}, b_down{width};
  Multiply multiply = multiply_by_eigen;
  /// Fills the gradients and returns the loss.
  float step();

 private:
  void forward();
  void backward_net();
  void backward_attention();
  Array<float> norm1{rows * width}, spread1{rows}, qkv{rows * 3 * width}, d_qkv{rows * 3 * width};
  Array<float> in1{rows * width}, in2{rows * width};
  Array<float> weights{batch * tokens * tokens}, d_weights{tokens * tokens};
  Array<float> mixed{rows * width}, middle{rows * width}, norm2{rows * width}, spread2{rows};
  Array<float> up{rows * inner}, d_up{rows * inner}, y{rows * width};
  Array<float> d{rows * width}, d_in{rows * width}, d_mixed{rows * width};
};

/// a = b + s c: what the memory gives.
struct Triad {
  explicit Triad(std::int64_t n) : a(n), b(n), c(n) {}
  Array<float> a, b, c;
  void step(float s);
};

}  // namespace limits
