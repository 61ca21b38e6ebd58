// Reductions over every set of axes against a plain loop.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

/// The groups of elements that are reduced to one, in row-major order of the result.
std::vector<std::vector<double>> groups(const Tensor& t, unsigned axes) {
  const Shape shape = t.shape();
  std::int64_t count = 1;
  for (int i = 0; i < shape.rank(); ++i)
    if (!(axes >> i & 1)) count *= shape[i];
  std::vector<std::vector<double>> out(static_cast<std::size_t>(count));
  const std::vector<double> all = t.to_vector();
  for (std::int64_t k = 0; k < t.numel(); ++k) {
    std::int64_t rest = k, place = 0, step = 1;
    for (int i = shape.rank(); i-- > 0;) {
      const std::int64_t at = rest % shape[i];
      rest /= shape[i];
      if (axes >> i & 1) continue;
      place += at * step;
      step *= shape[i];
    }
    out[static_cast<std::size_t>(place)].push_back(all[static_cast<std::size_t>(k)]);
  }
  return out;
}

double plain_sum(const std::vector<double>& x) {
  long double s = 0;
  for (double v : x) s += v;
  return static_cast<double>(s);
}
double plain_mean(const std::vector<double>& x) {
  return plain_sum(x) / static_cast<double>(x.size());
}
double plain_max(const std::vector<double>& x) { return *std::max_element(x.begin(), x.end()); }
double plain_logsumexp(const std::vector<double>& x) {
  long double s = 0;
  for (double v : x) s += std::exp(static_cast<long double>(v));
  return static_cast<double>(std::log(s));
}

void check(const Tensor& t) {
  const double close = t.dtype() == float64 ? 2e-14 : 4e-6;
  for (unsigned axes = 1; axes < 1u << t.rank(); ++axes) {
    Axes list;
    for (int i = 0; i < t.rank(); ++i)
      if (axes >> i & 1) list.push_back(i % 2 ? i : i - t.rank());
    const auto g = groups(t, axes);
    const bool empty_groups = g.empty() || g[0].empty();
    const auto expected = [&](auto reduce) {
      std::vector<double> out;
      for (const auto& x : g) out.push_back(reduce(x));
      return Tensor::from(out, sum(t, list).shape());
    };
    INFO(to_string(t.shape()) << " over " << to_string(list) << ", " << dtype_name(t.dtype()));
    CHECK(sum(t, list).dtype() == t.dtype());
    CHECK(distance(sum(t, list), expected(plain_sum)) < close);
    CHECK(distance(mean(t, list), expected(plain_mean)) < close);
    CHECK(distance(logsumexp(t, list), expected(plain_logsumexp)) < close);
    const Shape kept = sum(t, list, true).shape();
    CHECK(kept.rank() == t.rank());
    CHECK(identical(reshape(sum(t, list, true), sum(t, list).shape()), sum(t, list)));
    if (empty_groups) continue;
    CHECK(identical(max(t, list).to(float64), expected(plain_max)));
    CHECK(identical(min(t, list), -max(-t, list)));
  }
  CHECK(distance(sum(t).item(), plain_sum(t.to_vector())) < close);
}

}  // namespace

TEST_CASE("reductions over all sets of axes", "[tensor]") {
  const DType dtype = GENERATE(float64, float32);
  for (const Shape& shape :
       {Shape{1}, Shape{7}, Shape{33}, Shape{1003}, Shape{3, 5}, Shape{17, 1}, Shape{1, 17},
        Shape{300, 3}, Shape{3, 300}, Shape{2, 3, 4}, Shape{5, 1, 7}, Shape{2, 3, 1, 4}, Shape{0},
        Shape{0, 3}, Shape{3, 0}, Shape{2, 0, 3}})
    check(Tensor::randn(shape, 1, dtype));
}

TEST_CASE("reductions of views", "[tensor]") {
  const DType dtype = GENERATE(float64, float32);
  const Tensor base = Tensor::randn({6, 5, 8}, 2, dtype);
  check(transpose(base, {2, 0, 1}));
  check(transpose(base));
  check(slice(base, 2, 1, 8, 3));
  check(slice(base, 0, 1, 4));
  check(broadcast_to(base[0][0], {3, 8}));
  check(base[1][2]);
}

TEST_CASE("reductions of rank 0", "[tensor]") {
  const Tensor t = 3.0;
  CHECK(sum(t).item() == 3);
  CHECK(mean(t).item() == 3);
  CHECK(max(t).item() == 3);
  CHECK(distance(logsumexp(t).item(), 3) < 1e-15);
}

TEST_CASE("reductions of nothing", "[tensor]") {
  CHECK(sum(Tensor::zeros({0})).item() == 0);
  CHECK(std::isnan(mean(Tensor::zeros({0})).item()));
  CHECK(identical(sum(Tensor::zeros({0, 3}), 0), Tensor::zeros({3})));
  CHECK(sum(Tensor::zeros({0, 3}), 1).shape() == Shape{0});
  CHECK(max(Tensor::zeros({0, 3}), 1).shape() == Shape{0});
  CHECK(message_of([] {
          max(Tensor::zeros({0, 3}), 0);
        }) ==
        "max or min: shape (0, 3) has no elements along dimension 0; none is the largest or "
        "smallest");
  CHECK_THROWS_AS(min(Tensor::zeros({0})), Error);
  CHECK(softmax(Tensor::zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(log_softmax(Tensor::zeros({3, 0})).shape() == Shape{3, 0});
}

TEST_CASE("sums of many long columns", "[tensor]") {
  const DType dtype = GENERATE(float64, float32);
  for (const auto& [rows, columns] : {std::pair{30000, 10}, {1100, 4100}, {5, 9000}, {131, 17}}) {
    const Tensor x = Tensor::rand({rows, columns}, 1, dtype), s = sum(x, 0);
    const std::vector<double> all = x.to_vector();
    std::vector<long double> exact(static_cast<std::size_t>(columns));
    for (std::size_t i = 0; i < all.size(); ++i) exact[i % exact.size()] += all[i];
    INFO(rows << " x " << columns << ", " << dtype_name(dtype));
    double worst = 0;
    for (std::int64_t j = 0; j < columns; ++j)
      worst =
          std::max(worst, distance(s(j), static_cast<double>(exact[static_cast<std::size_t>(j)])));
    CHECK(worst < (dtype == float64 ? 1e-14 : 2e-6));
  }
}

TEST_CASE("the rounding error of a sum grows slowly", "[tensor]") {
  // A million times 0.1 in float32, one after the other, would be off by 1 %.
  const Tensor tenth = Tensor::full({1'000'000}, 0.1, float32);
  const double exact = 1e6 * static_cast<double>(0.1f);
  CHECK_THAT(sum(tenth).item(), WithinRel(exact, 1e-6));
  CHECK_THAT(mean(tenth).item(), WithinRel(exact / 1e6, 1e-6));
  const Tensor columns = reshape(tenth, {100'000, 10});
  CHECK(distance(sum(columns, 0), Tensor::full({10}, exact / 10)) < 1e-6);
  Value one{Tensor(1.0).to(float32)};
  sum(one * tenth).backward();
  CHECK_THAT(one.grad().item(), WithinRel(exact, 1e-5));
}

TEST_CASE("the loss of labels is its formula", "[tensor]") {
  const DType dtype = GENERATE(float64, float32);
  const double close = dtype == float64 ? 1e-14 : 1e-5;
  for (const std::int64_t rows : {1, 5, 31, 32, 33, 100, 3000})
    for (const std::int64_t length : {1, 2, 3, 4, 5, 15, 16, 17, 600}) {
      if (rows * length > 100'000) continue;
      const Tensor x = (Tensor::randn({rows, length}, 1) * 3).to(dtype);
      std::vector<std::int64_t> labels;
      for (std::int64_t i = 0; i < rows; ++i) labels.push_back(i * i % length);
      double expected = 0;
      Tensor gradient = Tensor::empty({rows, length});
      for (std::int64_t i = 0; i < rows; ++i) {
        double sum = 0;
        for (std::int64_t j = 0; j < length; ++j) sum += std::exp(x(i, j));
        const std::int64_t label = labels[static_cast<std::size_t>(i)];
        expected += std::log(sum) - x(i, label);
        for (std::int64_t j = 0; j < length; ++j)
          gradient.set({i, j}, (std::exp(x(i, j)) / sum - (j == label)) / double(rows));
      }
      const Value logits{x};
      const Value loss = evaluate(ops::CrossEntropy{{}, labels}, logits);
      loss.backward();
      INFO(rows << " rows of " << length << ", " << dtype_name(dtype));
      CHECK(distance(loss.item(), expected / double(rows)) < close);
      CHECK(distance(logits.grad().to(float64), gradient) < close);
    }
}

TEST_CASE("the softmax of a row is its own, whatever stands beside it", "[tensor]") {
  const DType dtype = GENERATE(float64, float32);
  const double close = dtype == float64 ? 1e-15 : 1e-7;
  for (const std::int64_t length : {1, 2, 3, 4, 15, 16, 40})
    for (const std::int64_t rows : {1, 2, 3, 4, 5, 8, 9, 17}) {
      Tensor x = Tensor::randn({rows, length}, 1, dtype);
      const double odd[] = {-infinity, 100, -800, quiet_nan, infinity, -1e30, 0};
      for (std::int64_t i = 1; i < rows; ++i) x.set({i, i % length}, odd[i % 7]);
      const Tensor p = softmax(x), logs = log_softmax(x), sums = logsumexp(x, 1);
      for (std::int64_t i = 0; i < rows; ++i) {
        double maximum = -infinity, sum = 0;
        for (std::int64_t j = 0; j < length; ++j)
          maximum = std::isnan(x(i, j))  ? quiet_nan
                    : x(i, j) <= maximum ? maximum
                    : x(i, j) > maximum  ? x(i, j)
                                         : quiet_nan;
        const double shift = std::isinf(maximum) ? 0 : maximum;
        for (std::int64_t j = 0; j < length; ++j) sum += std::exp(x(i, j) - shift);
        INFO("row " << i << " of " << rows << ", " << length << " elements, " << dtype_name(dtype));
        for (std::int64_t j = 0; j < length; ++j)
          CHECK(distance(p(i, j), std::exp(x(i, j) - shift) / sum) < close);
        CHECK(distance(sums(i), std::isinf(maximum) ? maximum : maximum + std::log(sum)) <
              4 * close);
        if (!std::isnan(sum) && !std::isinf(sum) && sum > 0)
          CHECK(distance(logs(i, 0), x(i, 0) - shift - std::log(sum)) < 8 * close);
      }
    }
}
