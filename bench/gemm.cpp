// Does a matrix product cost more than the library's? 1024 x 1024, forward and both gradients.
#include <autograd/autograd.hpp>
#include <memory>

#include "data.hpp"

namespace bench {

namespace {

constexpr int n = 1024;

template <class T>
struct Product {
  static constexpr auto dtype = brickgrad::dtype_of<T>;
  Value a = Tensor::randn({n, n}, 1, dtype), b = Tensor::randn({n, n}, 2, dtype);
  Tensor dc = Tensor::randn({n, n}, 3, dtype);
  limits::Gemm<T> hand{n};

  Product() {
    copy<T>(a.data(), hand.a);
    copy<T>(b.data(), hand.b);
    copy<T>(dc, hand.dc);
  }
  Value step() {
    Value c = matmul(a, b);
    a.zero_grad();
    b.zero_grad();
    c.backward(dc);
    return c;
  }
};

template <class T>
Sides sides() {
  const auto s = std::make_shared<Product<T>>();
  return {[s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->step().data().template data<T>()[0]);
          },
          [s](int steps) {
            for (int i = 0; i < steps; ++i) s->hand.step();
          },
          [s] {
            const double tolerance = sizeof(T) == 8 ? 1e-13 : 1e-5;
            const Value c = s->step();
            s->hand.step();
            return std::vector<Result>{
                same<T>("product", c.data(), s->hand.c, tolerance),
                same<T>("gradient of a", s->a.grad(), s->hand.da, tolerance),
                same<T>("gradient of b", s->b.grad(), s->hand.db, tolerance)};
          }};
}

}  // namespace

void gemm(Workloads& all) {
  all.push_back({"gemm_float32", "matmul 1024^3 and two gradients, float32", 1.03, sides<float>});
  all.push_back({"gemm_float64", "matmul 1024^3 and two gradients, float64", 1.03, sides<double>});
}

}  // namespace bench
