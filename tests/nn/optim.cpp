#include <autograd/autograd.hpp>
#include <cmath>
#include <memory>
#include <nn/nn.hpp>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

/// sum((w² - 1)²) / 4 + w0 w1
Value bowl(const Value& w) { return sum(square(square(w) - 1.0)) * 0.25 + sum(w[0] * w[1]); }

void check_five_steps(nn::Optimizer& opt, const Value& w, const std::vector<double>& wanted,
                      double tolerance = 1e-13) {
  for (int i = 0; i < 5; ++i) {
    opt.zero_grad();
    bowl(w).backward();
    opt.step();
  }
  const auto got = w.data().to_vector();
  for (std::size_t i = 0; i < 3; ++i) CHECK_THAT(got[i], WithinAbs(wanted[i], tolerance));
}

template <class Optimizer, class Options>
void check(const Options& options, const std::vector<double>& wanted) {
  Value w = Tensor::from({1., -2., 0.5});
  Optimizer opt({w}, options);
  check_five_steps(opt, w, wanted);
}

}  // namespace

// The results of five steps from (1, -2, 0.5) were computed with PyTorch 2.13 on float64, with
// torch.optim's class of the same name and f = ((w*w - 1)**2).sum()/4 + w[0]*w[1].
TEST_CASE("SGD takes PyTorch's steps") {
  check<nn::SGD>(nn::SGDOptions{.lr = 0.1},
                 {1.396466190262597, -1.407090390019298, 0.6899310223300731});
  check<nn::SGD>(nn::SGDOptions{.lr = 0.1, .weight_decay = 0.2},
                 {1.3288845984805562, -1.3407070765937157, 0.6352936803553991});
  check<nn::SGD>(nn::SGDOptions{.lr = 0.1, .momentum = 0.9, .weight_decay = 0.05},
                 {1.3240204911876878, -0.6411182704401917, 0.9458933391457115});
  check<nn::SGD>(nn::SGDOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.3},
                 {1.5041880892465644, -0.4716553689032527, 0.8885906239208452});
  check<nn::SGD>(nn::SGDOptions{.lr = 0.1, .momentum = 0.8, .weight_decay = 0.01, .nesterov = true},
                 {1.3702333883047226, -1.4081368351150105, 0.9810306988295494});
}

TEST_CASE("Adam and AdamW take PyTorch's steps") {
  check<nn::Adam>(nn::AdamOptions{.lr = 0.1},
                  {1.4717475263452882, -1.5294578617324177, 0.9919274128102608});
  check<nn::Adam>(
      nn::AdamOptions{.lr = 0.05, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-3, .weight_decay = 0.1},
      {1.2446750385586478, -1.7562636857034086, 0.7484546013327049});
  check<nn::AdamW>(nn::AdamWOptions{.lr = 0.1},
                   {1.4661839647013293, -1.5212905454614947, 0.9886679996695678});
  check<nn::AdamW>(nn::AdamWOptions{.lr = 0.1, .beta1 = 0.7, .beta2 = 0.9, .weight_decay = 0.3},
                   {1.298646368727397, -1.3296515571474314, 0.8934814684651738});
}

TEST_CASE("RMSprop takes PyTorch's steps") {
  check<nn::RMSprop>(nn::RMSpropOptions{.lr = 0.05},
                     {1.4167453713977471, -1.4203451524130017, 0.9999988854599557});
  check<nn::RMSprop>(
      nn::RMSpropOptions{.lr = 0.01, .alpha = 0.9, .weight_decay = 0.1, .momentum = 0.7},
      {1.2207567410719393, -1.781677137089332, 0.7312112576910899});
  check<nn::RMSprop>(nn::RMSpropOptions{.lr = 0.02, .alpha = 0.9, .centered = true},
                     {1.2240718005663964, -1.7822911558611587, 0.7434647874983303});
  check<nn::RMSprop>(
      nn::RMSpropOptions{.lr = 0.02, .alpha = 0.9, .momentum = 0.5, .centered = true},
      {1.3537952027104756, -1.654773243659197, 0.8931774564248848});
}

TEST_CASE("optimisers keep float32") {
  Value a = Tensor::from({1., -2., 0.5}, float32), b = Tensor::from({1., -2., 0.5}, float32);
  nn::Adam adam({a}, {.lr = 0.1});
  check_five_steps(adam, a, {1.471747636795044, -1.5294578075408936, 0.991927444934845}, 2e-6);
  nn::SGD sgd({b}, {.lr = 0.1, .momentum = 0.9, .weight_decay = 0.05});
  check_five_steps(sgd, b, {1.324020504951477, -0.6411185264587402, 0.9458933472633362}, 2e-6);
  CHECK(a.dtype() == float32);
}

TEST_CASE("a step by hand") {
  Value w = 3.0;
  nn::SGD opt({w}, {.lr = 0.5, .momentum = 0.5});
  square(w).backward();  // g = 6
  opt.step();
  CHECK(w.item() == 0);  // 3 - 0.5 * 6
  opt.zero_grad();
  (w * 2.0).backward();  // g = 2, v = 0.5 * 6 + 2
  opt.step();
  CHECK(w.item() == -2.5);
  opt.set_lr(1);
  opt.zero_grad();
  (w * 1.0).backward();  // v = 0.5 * 5 + 1
  opt.step();
  CHECK(w.item() == -6);

  // Adam's first step is lr in the direction of the gradient.
  Value x = 1.0;
  nn::Adam adam({x}, {.lr = 0.25, .eps = 0});
  (x * -7.0).backward();
  adam.step();
  CHECK(x.item() == Approx(1.25).epsilon(1e-15));
}

TEST_CASE("parameters without a gradient stay, and their steps are not counted") {
  Value used = 1.0, unused = Tensor::ones({2});
  nn::Adam opt({used, unused}, {.lr = 0.1, .weight_decay = 0.5});
  square(used).backward();
  opt.step();
  CHECK(unused.data().to_vector() == std::vector<double>{1, 1});
  CHECK_FALSE(unused.has_grad());
  opt.zero_grad();
  opt.step();
  CHECK(used.item() == Approx(0.9));

  // The first step of the late one is its own first.
  opt.zero_grad();
  sum(unused).backward();
  opt.step();
  CHECK(unused.data()(0) == Approx(0.9));
}

TEST_CASE("one parameter given twice moves once") {
  Value w = 1.0;
  nn::SGD opt({w, w}, {.lr = 1});
  (w * 1.0).backward();
  opt.step();
  CHECK(w.item() == 0);
  CHECK(opt.parameters().size() == 1);
}

TEST_CASE("a step between forward and backward is an error") {
  Value w = Tensor::ones({2});
  nn::SGD opt({w}, {.lr = 0.1});
  const Value loss = sum(square(w));
  loss.backward();
  opt.step();
  CHECK_THROWS_WITH(loss.backward(), contains("SGD changed it in place"));
}

TEST_CASE("an optimiser of one's own") {
  class SignDescent : public nn::Optimizer {
   public:
    SignDescent(std::vector<Value> p, double lr) : Optimizer("SignDescent", std::move(p), lr, 1) {}
    void step() override {
      update_all([&](auto p) {
        for (std::int64_t i = 0; i < p.numel; ++i) {
          p.value[i] -= (p.gradient[i] > 0 ? 1 : -1) * p.number(lr());
          p.moments[0][i] += 1;
        }
      });
    }
  };
  Value a = Tensor::from({1., -1.}), b = Tensor::from({2.}, float32);
  SignDescent opt({a, b}, 0.5);
  (sum(square(a)) + sum(b)).backward();
  opt.step();
  CHECK(a.data().to_vector() == std::vector<double>{0.5, -0.5});
  CHECK(b.data()(0) == 1.5);
}

TEST_CASE("options that make no sense are refused") {
  Value w = 1.0;
  CHECK_THROWS_WITH(nn::SGD({w}, {.lr = -1}), contains("SGD: lr is -1; it must be at least 0"));
  CHECK_THROWS_WITH(nn::SGD({w}, {.lr = std::nan("")}), contains("lr is nan"));
  CHECK_THROWS_WITH(nn::SGD({w}, {.lr = 1, .nesterov = true}),
                    contains("nesterov needs a momentum"));
  CHECK_THROWS_WITH(nn::Adam({w}, {.beta1 = 1}),
                    contains("beta1 is 1; it must be at least 0 and below 1"));
  CHECK_THROWS_WITH(nn::AdamW({w}, {.weight_decay = -1}), contains("AdamW: weight_decay"));
  CHECK_THROWS_WITH(nn::RMSprop({w}, {.momentum = -1}), contains("RMSprop: momentum"));
  CHECK_THROWS_WITH(nn::SGD({}, {.lr = 1}), contains("pass net.parameters()"));
  CHECK_THROWS_WITH(nn::SGD({w, constant(1.0)}, {.lr = 1}), contains("parameter 1"));
  CHECK_THROWS_WITH(nn::SGD({w * 2.0}, {.lr = 1}), contains("receives no gradient"));
  struct Greedy : nn::Optimizer {
    explicit Greedy(std::vector<Value> p) : Optimizer("Greedy", std::move(p), 1, 4) {}
    void step() override {}
  };
  CHECK_THROWS_WITH(Greedy({w}), contains("Greedy: 4 moments; there are from 0 to 3"));
}

TEST_CASE("clip_grad_norm_") {
  Value a = Tensor::from({1., 1.}), b = Tensor::ones({1, 1}, float32), c = 1.0, unused = 1.0;
  const std::vector<Value> all{a, b, c, unused};
  auto backward = [&] {
    for (const Value& v : all) v.zero_grad();
    (sum(a * Tensor::from({3., 4.})) + sum(b) * 12.0 + c * 84.0).backward();
  };
  backward();
  CHECK(nn::clip_grad_norm_(all, 100) == Approx(85));
  CHECK(c.grad().item() == 84);
  CHECK(nn::clip_grad_norm_(all, 42.5) == Approx(85));
  CHECK(a.grad()(0) == Approx(1.5).epsilon(1e-6));
  CHECK(b.grad()(0, 0) == Approx(6).epsilon(1e-6));
  CHECK(c.grad().item() == Approx(42).epsilon(1e-6));
  CHECK_FALSE(unused.grad().item() != 0);
  CHECK_THROWS_WITH(nn::clip_grad_norm_(all, 0), contains("not positive"));

  // A gradient that was read stays what it was, also for what was computed from it.
  backward();
  const Tensor read = a.grad();
  Value v = Tensor::from({1., 1.});
  const Value y = sum(v * constant(read));
  nn::clip_grad_norm_(all, 42.5);
  y.backward();
  CHECK(identical(read, Tensor::from({3., 4.})));
  CHECK(identical(v.grad(), Tensor::from({3., 4.})));
  CHECK(a.grad()(0) == Approx(1.5).epsilon(1e-6));

  // Squares that would overflow or vanish; and a parameter given twice counts once.
  Value far = Tensor::from({1., 1.});
  sum(far * 1e160).backward();
  CHECK(nn::clip_grad_norm_(std::vector<Value>{far, far}, 1) == Approx(std::sqrt(2) * 1e160));
  CHECK(far.grad()(0) == Approx(std::sqrt(0.5)));
  Value near = Tensor::from({3., 4.});
  (sum(near * near) * 1e-200).backward();
  CHECK(nn::clip_grad_norm_(std::vector<Value>{near}, 1) == Approx(1e-199).epsilon(1e-12));
  Value bad = Tensor::from({1., 1.});
  sum(bad * Tensor::from({INFINITY, 1.})).backward();
  CHECK(std::isinf(nn::clip_grad_norm_(std::vector<Value>{bad}, 1)));

  // The numbers of torch.nn.utils.clip_grad_norm_.
  Value p = Tensor::from({3., 4.}), q = Tensor::full({1, 1}, 12);
  (sum(p * Tensor::from({3., 4.})) + sum(q) * 12.0).backward();
  CHECK(nn::clip_grad_norm_(std::vector<Value>{p, q}, 6.5) == Approx(13));
  CHECK_THAT(p.grad()(0), WithinAbs(1.49999988461539369, 1e-15));
  CHECK_THAT(q.grad()(0, 0), WithinAbs(5.99999953846157474, 1e-15));
}
