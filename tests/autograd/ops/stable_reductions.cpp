// logsumexp, softmax, log_softmax and cross_entropy where a naive formula overflows or cancels.
#include <autograd/ops/all.hpp>
#include <autograd/tensor/label_loss.hpp>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("logsumexp of large numbers", "[ops]") {
  const double log2 = std::log(2.0);
  CHECK(distance(logsumexp(Tensor::from({1000., 1000.})).item(), 1000 + log2) < 1e-15);
  CHECK(distance(logsumexp(Tensor::from({-1000., -1000.})).item(), -1000 + log2) < 1e-15);
  CHECK(logsumexp(Tensor::from({-infinity, -infinity})).item() == -infinity);
  CHECK(logsumexp(Tensor::from({infinity, 1., -infinity})).item() == infinity);
  CHECK(logsumexp(Tensor::from({-infinity, 3.})).item() == 3);
  CHECK(logsumexp(Tensor::zeros({0})).item() == -infinity);
  CHECK(identical(logsumexp(Tensor::zeros({2, 0}), 1), Tensor::full({2}, -infinity)));
  for (const std::int64_t n : {2, 40}) {
    Tensor t = Tensor::zeros({n});
    t.set({0}, quiet_nan);
    t.set({n - 1}, infinity);
    CHECK(std::isnan(logsumexp(t).item()));
  }
}

TEST_CASE("softmax of large numbers", "[ops]") {
  for (const DType dtype : {float64, float32}) {
    const Tensor x = Tensor::from({{1000., -1000.}, {-1000., -1000.}, {3e4, 3e4}}, dtype);
    CHECK(distance(softmax(x), Tensor::from({{1., 0.}, {0.5, 0.5}, {0.5, 0.5}}, dtype)) < 1e-7);
    const double log2 = std::log(2.0);
    CHECK(distance(log_softmax(x),
                   Tensor::from({{0., -2000.}, {-log2, -log2}, {-log2, -log2}}, dtype)) < 1e-7);
  }
  CHECK(distance(log_softmax(Tensor::from({1e16, 1e16})), Tensor::full({2}, -std::log(2.0))) <
        1e-15);
  CHECK(identical(softmax(Tensor::from({-infinity, 0.})), Tensor::from({0., 1.})));
  CHECK(identical(log_softmax(Tensor::from({-infinity, 0.})), Tensor::from({-infinity, 0.})));
}

TEST_CASE("gradients of large numbers are finite", "[ops]") {
  Value x{Tensor::from({{1000., -1000.}, {-1000., 1000.}})};
  sum(logsumexp(x, 1)).backward();
  CHECK(identical(x.grad(), Tensor::from({{1., 0.}, {0., 1.}})));
  x.zero_grad();
  sum(log_softmax(x) * Tensor::from({1., 0.})).backward();
  CHECK(identical(x.grad(), Tensor::from({{0., 0.}, {1., -1.}})));
  x.zero_grad();
  sum(softmax(x) * Tensor::from({1., 2.})).backward();
  CHECK(distance(x.grad(), Tensor::zeros({2, 2})) < 1e-15);
}

TEST_CASE("softmax rows sum to 1 and their gradients to 0", "[ops]") {
  for (const std::int64_t n : {1, 2, 5, 15, 16, 17, 100})
    for (const std::int64_t axis : {0, 1}) {
      const Shape shape = axis == 1 ? Shape{4, n} : Shape{n, 4};
      Value x{Tensor::randn(shape, 1)};
      const Value p = softmax(x, axis);
      CHECK(distance(sum(p.data(), axis), Tensor::ones({4})) < 1e-14);
      CHECK(distance(exp(log_softmax(x.data(), axis)), p.data()) < 1e-14);
      p.backward(Tensor::randn(shape, 2));
      CHECK(distance(sum(x.grad(), axis), Tensor::zeros({4})) < 1e-14);
      x.zero_grad();
      log_softmax(x, axis).backward(Tensor::randn(shape, 3));
      CHECK(distance(sum(x.grad(), axis), Tensor::zeros({4})) < 1e-13);
    }
}

TEST_CASE("the gradients of softmax and cross_entropy are those of their definitions", "[ops]") {
  for (const DType dtype : {float64, float32})
    for (const std::int64_t rows : {1, 4, 33})
      for (const std::int64_t n : {1, 2, 3, 15, 16, 17, 100, 300}) {
        INFO(rows << " rows of " << n << ", " << dtype_name(dtype));
        const double most = dtype == float64 ? 1e-13 : 1e-5;
        std::vector<std::int64_t> labels;
        for (std::int64_t i = 0; i < rows; ++i) labels.push_back(i * 7 % n);
        const Tensor marks = one_hot(labels, n, dtype);
        for (const bool turned : {false, true}) {
          const Value x{Tensor::randn(turned ? Shape{n, rows} : Shape{rows, n}, 1, dtype)};
          const auto gradient_of = [&x](const Value& y, const Tensor& seed) {
            x.zero_grad();
            y.backward(seed);
            return x.grad().clone();
          };
          const Value in = turned ? transpose(x) : x * 1.0;
          const Tensor seed = Tensor::randn({rows, n}, 2, dtype);
          for (const std::int64_t axis : {0, 1})
            CHECK(distance(gradient_of(softmax(in, axis), seed),
                           gradient_of(exp(in) / sum(exp(in), axis, true), seed)) < most);
          const Tensor scale = Tensor::full({}, 3, dtype);
          CHECK(distance(gradient_of(evaluate(ops::CrossEntropy{{}, labels}, in), scale),
                         gradient_of(mean(log(sum(exp(in), 1)) - sum(in * marks, 1)), scale)) <
                most);
        }
      }
}

TEST_CASE("cross_entropy is -log softmax at the label", "[ops]") {
  for (const double scale : {1.0, 1000.0}) {
    const Tensor logits = Tensor::randn({5, 3}, 4) * scale;
    const std::vector<std::int64_t> labels = {2, 0, 1, 1, 2};
    Value x{logits};
    const Value loss = evaluate(ops::CrossEntropy{{}, labels}, x);
    double expected = 0;
    const Tensor logs = log_softmax(logits);
    for (std::int64_t i = 0; i < 5; ++i)
      expected -= logs(i, labels[static_cast<std::size_t>(i)]) / 5;
    CHECK(distance(loss.item(), expected) < 1e-14);
    loss.backward();
    CHECK(distance(sum(x.grad(), 1), Tensor::zeros({5})) < 1e-15);
  }
}

TEST_CASE("cross_entropy keeps few labels and many, moved and copied", "[ops]") {
  for (const std::int64_t rows : {1, 7, 8, 9, 16}) {
    std::vector<std::int64_t> labels;
    for (std::int64_t i = 0; i < rows; ++i) labels.push_back(i % 2);
    const ops::CrossEntropy op{{}, labels};
    labels.clear();
    ops::CrossEntropy copy = op;
    const ops::CrossEntropy moved = std::move(copy);
    const Tensor logits = Tensor::randn({rows, 2}, 1);
    const Value x{logits}, again{logits};
    const Value loss = evaluate(op, x), other = evaluate(moved, again);
    CHECK(loss.item() == other.item());
    loss.backward();
    loss.backward();
    other.backward();
    CHECK(distance(x.grad(), again.grad() * 2) == 0);
    const Value third{logits};
    const Value slope = grad(evaluate(op, third), third, {.create_graph = true});
    CHECK(distance(slope.data(), again.grad()) < 1e-15);
  }
}

TEST_CASE("cross_entropy lets nothing through a branch that is not taken", "[ops]") {
  for (const DType dtype : {float64, float32}) {
    Value x = Tensor::from({{1.0, quiet_nan}, {infinity, 2.0}}).to(dtype);
    const Value loss = evaluate(ops::CrossEntropy{{}, {0, 1}}, x);
    where(Tensor::zeros({}, dtype), loss, constant(Tensor::ones({}, dtype))).backward();
    CHECK(distance(x.grad(), Tensor::zeros({2, 2}, dtype)) == 0);
  }
}

TEST_CASE("cross_entropy says which label is wrong", "[ops]") {
  const auto loss = [](const Tensor& logits, std::vector<std::int64_t> labels) {
    return message_of([&] { evaluate(ops::CrossEntropy{{}, std::move(labels)}, Value(logits)); });
  };
  CHECK(loss(Tensor::ones({2, 3}), {0, 3}) ==
        "cross_entropy: label 3 in row 1 is not one of the 3 classes 0 to 2");
  CHECK(loss(Tensor::ones({2, 3}), {-1, 0}) ==
        "cross_entropy: label -1 in row 0 is not one of the 3 classes 0 to 2");
  CHECK(loss(Tensor::ones({2, 3}), {0}) == "cross_entropy: 1 labels for 2 rows of logits");
  CHECK(loss(Tensor::ones({3}), {0}) ==
        "cross_entropy: logits of shape (3,) are not rows of classes (rows, classes)");
  CHECK(loss(Tensor::ones({0, 3}), {}) ==
        "cross_entropy: no rows; the mean over none is not defined");
  CHECK(loss(Tensor::ones({2, 0}), {0, 0}) ==
        "cross_entropy: logits of shape (2, 0) have no classes");
}
