// Numbers with more than six digits were computed with PyTorch 2.13 on float64 from the same
// inputs: torch.nn.functional.cross_entropy, nll_loss, mse_loss, binary_cross_entropy_with_logits.
#include <autograd/autograd.hpp>
#include <cmath>
#include <nn/nn.hpp>
#include <tests/catch.hpp>

using namespace brickgrad;

namespace {

const Tensor logits = Tensor::from({{2.0, -1.0, 0.5}, {0.1, 0.2, -0.3}});
const Tensor rows = Tensor::from({{0.7, 0.2, 0.1}, {0.1, 0.1, 0.8}});
const std::vector<std::int64_t> labels{0, 2};

void check(const Tensor& t, const std::vector<double>& wanted) {
  const auto got = t.to_vector();
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK_THAT(got[i], WithinAbs(wanted[i], 1e-14));
}

/// The loss at the logits, and its gradient; losses that are not reduced are summed.
template <class Loss>
void check(const Loss& loss, const std::vector<double>& value,
           const std::vector<double>& gradient) {
  Value z{logits};
  const Value l = loss(z);
  check(l.data(), value);
  sum(l).backward();
  check(z.grad(), gradient);
}

const std::vector<double> label_gradient{-0.21440296541072412, 0.03911257327068745,
                                         0.1752903921400367,   0.3602966152405401,
                                         0.39818934104493603,  -0.7584859562854761};
const std::vector<double> row_gradient{0.08559703458927584, -0.16088742672931255,
                                       0.07529039214003667, 0.26029661524054004,
                                       0.298189341044936,   -0.5584859562854761};
const std::vector<double> bce_gradient{0.18079707797788236, 0.06894142136999509,
                                       0.5224593312018546,  0.42497918747894003,
                                       0.449833997312478,   -0.374442516811659};

std::vector<double> divided(std::vector<double> v, double by) {
  for (double& x : v) x /= by;
  return v;
}

}  // namespace

TEST_CASE("cross_entropy against labels") {
  check([](const Value& z) { return nn::cross_entropy(z, labels); }, {0.8310694761052082},
        divided(label_gradient, 2));
  check([](const Value& z) { return nn::cross_entropy(z, std::span<const std::int64_t>(labels)); },
        {0.8310694761052082}, divided(label_gradient, 2));
  check(
      [](const Value& z) {
        return nn::cross_entropy(z, labels, {.reduction = nn::Reduction::sum});
      },
      {1.6621389522104164}, label_gradient);
  check(
      [](const Value& z) {
        return nn::cross_entropy(z, labels, {.reduction = nn::Reduction::none});
      },
      {0.24131129665715703, 1.4208276555532593}, label_gradient);
}

TEST_CASE("cross_entropy against probabilities") {
  check([](const Value& z) { return nn::cross_entropy(z, rows); }, {1.161069476105208},
        divided(row_gradient, 2));
  check(
      [](const Value& z) { return nn::cross_entropy(z, rows, {.reduction = nn::Reduction::none}); },
      {0.9913112966571571, 1.3308276555532592}, row_gradient);
  check(
      [](const Value& z) {
        return nn::cross_entropy(z, Tensor::from({{1., 0., 0.}, {0., 0., 1.}}));
      },
      {0.8310694761052082}, divided(label_gradient, 2));
}

TEST_CASE("nll_loss") {
  check([](const Value& z) { return nn::nll_loss(log_softmax(z), labels); }, {0.8310694761052082},
        divided(label_gradient, 2));
  check(
      [](const Value& z) {
        return nn::nll(log_softmax(z), labels, {.reduction = nn::Reduction::none});
      },
      {0.24131129665715703, 1.4208276555532593}, label_gradient);
  // An impossible class that is not the label costs nothing.
  const Tensor certain = log(Tensor::from({{1., 0.}}));
  CHECK(nn::nll(constant(certain), std::vector<std::int64_t>{0}).item() == 0);
}

TEST_CASE("mse_loss") {
  const std::vector<double> gradient{2.6, -2.4, 0.8, 0.0, 0.2, -2.2};
  check([](const Value& z) { return nn::mse_loss(z, rows); }, {0.7516666666666666},
        divided(gradient, 6));
  check([](const Value& z) { return nn::mse_loss(z, rows, {.reduction = nn::Reduction::sum}); },
        {4.51}, gradient);
  check([](const Value& z) { return nn::mse_loss(z, rows, {.reduction = nn::Reduction::none}); },
        {1.69, 1.44, 0.16, 0, 0.01, 1.21}, gradient);
  // A target value receives a gradient too, a target of another element type is converted.
  Value target{rows};
  nn::mse_loss(Value(logits), target, {.reduction = nn::Reduction::sum}).backward();
  CHECK(target.grad()(0, 0) == Approx(-2.6));
  CHECK(nn::mse_loss(Value(logits.to(float32)), rows).dtype() == float32);
}

TEST_CASE("bce_with_logits") {
  check([](const Value& z) { return nn::bce_with_logits(z, rows); }, {0.7451929094441653},
        divided(bce_gradient, 6));
  check(
      [](const Value& z) {
        return nn::bce_with_logits(z, rows, {.reduction = nn::Reduction::sum});
      },
      {4.471157456664992}, bce_gradient);
}

TEST_CASE("huge logits neither overflow nor vanish") {
  const Tensor huge = Tensor::from({{1000., 0.}, {0., -1000.}, {1e300, -1e300}});
  Value z{huge};
  const Value right = nn::cross_entropy(z, std::vector<std::int64_t>{0, 0, 0});
  CHECK(right.item() == 0);
  right.backward();
  CHECK(max(abs(z.grad())).item() == 0);
  CHECK(nn::cross_entropy(Value(huge), std::vector<std::int64_t>{1, 1, 0}).item() ==
        Approx(2000.0 / 3));

  Value b = Tensor::from({1000., -1000., 800., -800.});
  const Value loss =
      nn::bce_with_logits(b, Tensor::from({1., 0., 0., 1.}), {.reduction = nn::Reduction::none});
  check(loss.data(), {0, 0, 800, 800});
  sum(loss).backward();
  check(b.grad(), {0, 0, 1, -1});
}

TEST_CASE("what does not fit is said") {
  const Value z{logits};
  using Labels = std::vector<std::int64_t>;
  CHECK_THROWS_WITH(nn::cross_entropy(z, Labels{0}), contains("1 labels for 2 rows"));
  CHECK_THROWS_WITH(nn::cross_entropy(z, Labels{0, 3}),
                    contains("label 3 in row 1 is not one of the 3 classes 0 to 2"));
  CHECK_THROWS_WITH(nn::nll_loss(z, Labels{-1, 0}), contains("nll_loss: label -1 in row 0"));
  CHECK_THROWS_WITH(nn::cross_entropy(Value(Tensor::ones({3})), Labels{0}),
                    contains("rows of classes (rows, classes)"));
  CHECK_THROWS_WITH(nn::cross_entropy(Value(Tensor::ones({0, 3})), Labels{}),
                    contains("the mean over none is not defined"));
  CHECK_THROWS_WITH(nn::cross_entropy(z, Tensor::from({0., 2.})), contains("class indices go in"));
  CHECK_THROWS_WITH(nn::mse_loss(z, Tensor::ones({2})),
                    contains("the prediction has shape (2, 3), the target (2,)"));
  CHECK_THROWS_WITH(nn::bce_with_logits(Value(Tensor::ones({0})), Tensor::ones({0})),
                    contains("no elements"));
}
