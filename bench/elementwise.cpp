// What do elementwise ops cost that nobody fused by hand? sum(sigmoid(tanh(x w) + b) exp(-x x))
// over 10^6 elements, forward and three gradients.
#include <autograd/autograd.hpp>
#include <memory>

#include "data.hpp"

namespace bench {

namespace {

constexpr int count = 1'000'000;

template <class T>
struct Gated {
  static constexpr auto dtype = brickgrad::dtype_of<T>;
  Value x = Tensor::randn({count}, 1, dtype), w = Tensor::randn({count}, 2, dtype),
        b = Tensor::randn({count}, 3, dtype);
  limits::Elementwise<T> hand{count};

  Gated() {
    copy<T>(x.data(), hand.x);
    copy<T>(w.data(), hand.w);
    copy<T>(b.data(), hand.b);
  }
  double step() {
    const Value loss = sum(sigmoid(tanh(x * w) + b) * exp(-x * x));
    for (const Value& v : {x, w, b}) v.zero_grad();
    loss.backward();
    return loss.item();
  }
};

template <class T>
Sides sides() {
  const auto s = std::make_shared<Gated<T>>();
  return {[s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->step());
          },
          [s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->hand.step());
          },
          [s] {
            const double tolerance = sizeof(T) == 8 ? 1e-13 : 1e-5;
            return std::vector<Result>{
                same("sum", s->step(), s->hand.step(), tolerance),
                same<T>("gradient of x", s->x.grad(), s->hand.dx, tolerance),
                same<T>("gradient of w", s->w.grad(), s->hand.dw, tolerance),
                same<T>("gradient of b", s->b.grad(), s->hand.db, tolerance)};
          }};
}

}  // namespace

void elementwise(Workloads& all) {
  const std::string title = "sum(sigmoid(tanh(x w) + b) exp(-x x)), 10^6, ";
  all.push_back({"elementwise_float32", title + "float32", 2, sides<float>});
  all.push_back({"elementwise_float64", title + "float64", 2, sides<double>});
}

}  // namespace bench
