// The hand-written limits: what each workload costs in plain loops and plain matrix products for
// this very processor. They know nothing of the engine, and keep no standard containers, so that
// nothing compiled for this processor alone is linked into the engine's own path.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace limits {

/// Zeros at first, aligned to a cache line.
template <class T>
class Array {
 public:
  explicit Array(std::int64_t size) : size_(size) {
    const std::size_t bytes = (static_cast<std::size_t>(size) * sizeof(T) + 63) / 64 * 64;
    data_ = static_cast<T*>(std::aligned_alloc(64, bytes));
    if (!data_) std::abort();
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

/// c = a b, da = dc bᵀ, db = aᵀ dc, all (n, n).
template <class T>
struct Gemm {
  explicit Gemm(int n_)
      : n(n_), a(n_ * n_), b(n_ * n_), c(n_ * n_), da(n_ * n_), db(n_ * n_), dc(n_ * n_) {}
  int n;
  Array<T> a, b, c, da, db, dc;
  void step();
};

/// a = b + s c: what the memory gives.
struct Triad {
  explicit Triad(std::int64_t n) : a(n), b(n), c(n) {}
  Array<float> a, b, c;
  void step(float s);
};

}  // namespace limits
