// Functions that are recorded once: the numbers are those of the function itself, whatever changes
// between the calls.
#include <functional>
#include <tests/autograd/compare.hpp>
#include <tests/autograd/ops/registry.hpp>

using namespace brickgrad;

namespace {

using Labels = std::vector<std::int64_t>;

/// A net with two inputs, three hidden units and two outputs.
struct SmallNet {
  Value w1 = Tensor::randn({2, 3}, 1), b1 = Tensor::zeros({3});
  Value w2 = Tensor::randn({3, 2}, 2), b2 = Tensor::zeros({2});
  Value operator()(const Value& x) const {
    return evaluate(ops::Linear{}, sigmoid(matmul(x, w1) + b1), w2, b2);
  }
};

Value cross_entropy(const Value& logits, const Labels& labels) {
  return evaluate(ops::CrossEntropy{{}, labels}, logits);
}

/// The losses of some steps, and the parameters after them.
template <class Loss>
std::vector<double> trained(const SmallNet& net, const Loss& loss_of, int steps) {
  std::vector<double> out;
  for (int i = 0; i < steps; ++i) {
    for (const Value& p : {net.w1, net.b1, net.w2, net.b2}) p.zero_grad();
    const Value loss = loss_of(i);
    loss.backward();
    for (const Value& p : {net.w1, net.b1, net.w2, net.b2}) p.sub_(p.grad(), 0.5);
    out.push_back(loss.item());
  }
  for (const Value& p : {net.w1, net.b1, net.w2, net.b2})
    for (const double w : p.data().to_vector()) out.push_back(w);
  return out;
}

}  // namespace

TEST_CASE("a compiled step trains as the function itself does", "[compile]") {
  const Tensor x = Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  const Labels labels = {0, 1, 1, 0};
  const SmallNet plain, fast;
  auto loss_of = compile([&] { return cross_entropy(fast(constant(x)), labels); });
  CHECK(trained(
            fast, [&](int) { return loss_of(); }, 30) ==
        trained(
            plain, [&](int) { return cross_entropy(plain(constant(x)), labels); }, 30));
  CHECK(loss_of.recordings() == 1);
}

TEST_CASE("arguments of a compiled function change from call to call", "[compile]") {
  const SmallNet plain, fast;
  const auto random = [](int seed) {
    return Tensor::randn({5, 2}, static_cast<std::uint64_t>(seed));
  };
  auto loss_of = compile(
      [&](const Value& x, const Value& y) { return mean(square(fast(x) * 2 - mean(x) - y)); });
  CHECK(trained(
            fast, [&](int i) { return loss_of(random(i), constant(random(99 + i))); }, 20) ==
        trained(
            plain,
            [&](int i) {
              const Value x = constant(random(i));
              return mean(square(plain(x) * 2 - mean(x) - random(99 + i)));
            },
            20));
  CHECK(loss_of.recordings() == 1);
}

TEST_CASE("a compiled function notices what does not fit its recording", "[compile]") {
  const Value w = Tensor::randn({2, 3}, 1);
  auto f = compile([&](const Value& x, const Labels& labels, double scale) {
    return cross_entropy(matmul(x, w), labels) * scale;
  });
  const auto check = [&](const Tensor& x, const Labels& labels, double scale) {
    const Value expected = cross_entropy(matmul(x, w), labels) * scale;
    CHECK(f(x, labels, scale).item() == expected.item());
  };
  const Tensor x = Tensor::randn({4, 2}, 2);
  check(x, {0, 1, 2, 0}, 1);
  check(x * 2, {0, 1, 2, 0}, 1);
  CHECK(f.recordings() == 1);
  check(x, {0, 1, 2, 1}, 1);
  CHECK(f.recordings() == 2);
  check(x, {0, 1, 2, 1}, 0.5);
  CHECK(f.recordings() == 3);
  check(Tensor::randn({2, 2}, 3), {0, 1}, 0.5);
  CHECK(f.recordings() == 4);
  check(x.to(float32), {0, 1, 2, 1}, 0.5);
  CHECK(f.recordings() == 5);
  check(x.to(float32) * 2, {0, 1, 2, 1}, 0.5);
  CHECK(f.recordings() == 5);
  CHECK(message_of([&] {
          f(Tensor::ones({2, 5}), Labels{0, 1}, 1.0);
        }) == message_of([&] {
          matmul(Tensor::ones({2, 5}), w);
        }));
  check(x, {0, 1, 2, 1}, 1);
}

TEST_CASE("results of a compiled function that are held stay what they are", "[compile]") {
  const Value w = Tensor::from({1., 2., 3.});
  auto f = compile([&](const Value& x) { return sum(square(w * x)); });
  Value held = f(2.0);
  std::vector<Value> all;
  for (int i = 0; i < 4; ++i) all.push_back(f(Tensor(1.0 * i)));
  CHECK(held.item() == 56);
  for (int i = 0; i < 4; ++i) CHECK(all[static_cast<std::size_t>(i)].item() == 14.0 * i * i);
  w.zero_grad();
  held.backward();
  CHECK(w.grad().to_vector() == std::vector<double>{8, 16, 24});
  const Tensor data = f(3.0).data();
  f(4.0);
  CHECK(data.item() == 126);

  // The last result may be held while the next is computed, at no cost.
  all.clear();
  const int before = f.recordings();
  for (int i = 0; i < 10; ++i) {
    held = f(Tensor(1.0 * i));
    CHECK(held.item() == 14.0 * i * i);
  }
  CHECK(f.recordings() <= before + 2);
}

TEST_CASE("gradients flow out of a compiled function", "[compile]") {
  const Value w = Tensor::from({1., 2.});
  auto f = compile([](const Value& a, const Value& b) { return sum(exp(a) * b); });
  const Value x = Tensor::from({0.5, -1.});
  const auto check = [&](const Value& a, const Value& b) {
    Value expected = sum(exp(a) * b) * 3 + sum(a);
    w.zero_grad();
    expected.backward();
    const Tensor g = w.grad().clone();
    w.zero_grad();
    Value actual = f(a, b) * 3 + sum(a);
    actual.backward();
    CHECK(actual.item() == expected.item());
    CHECK(identical(w.grad(), g));
  };
  check(w, constant(Tensor::from({0.5, -1.})));
  check(w, constant(Tensor::from({1.5, 2.})));
  CHECK(f.recordings() == 1);
  check(w * 2, x);  // another graph below
  check(w * 3, x);
  CHECK(f.recordings() == 3);
  CHECK_FALSE(f(Tensor::ones({2}), Tensor::ones({2})).requires_grad());
  CHECK(grad(f(w, x), w).data().to_vector() == grad(sum(exp(w) * x), w).data().to_vector());
}

TEST_CASE("what cannot be run again is recorded at every call", "[compile]") {
  const Value w = Tensor::from({1., -2., 3.});
  const auto check = [&](auto function) {
    auto f = compile(function);
    for (const double scale : {1.0, -1.0, 2.0, -2.0}) {
      const Tensor x = Tensor::from({1., 2., 3.}) * scale;
      CHECK(f(x).item() == function(constant(x)).item());
    }
    CHECK(f.recordings() == 4);
  };
  check([&](const Value& x) { return sum(x).item() > 0 ? sum(w * x) : sum(w); });
  check([&](const Value& x) { return sum(where(x > 0, w * x, w)); });
  check([&](const Value& x) { return sum(w * x.detach()); });
  check([&](const Value& x) { return sum(w * Tensor(x.data() * 2)); });
  check([&](const Value& x) {
    const no_grad pause;
    return sum(w * x);
  });
  check([&](const Value& x) {
    const Value y = sum(square(w) * x);
    y.backward();
    return y;
  });
  check([&](const Value& x) { return sum(w * grad(sum(square(x) * w), w)); });
  std::vector<Value> kept;
  check([&](const Value& x) { return sum(kept.emplace_back(w * x)); });
  CHECK(kept[0].data().to_vector() == std::vector<double>{1, -4, 9});

  // Large arrays cost more than their graph.
  const Tensor large = Tensor::randn({70000}, 1);
  auto f = compile([&](const Value& x) { return sum(tanh(x) * w[0]); });
  CHECK(f(large).item() == sum(tanh(constant(large)) * w[0]).item());
  CHECK(f(large * 2).item() == sum(tanh(constant(large * 2)) * w[0]).item());
  CHECK(f.recordings() == 2);
}

TEST_CASE("a compiled function reads leaves as they are", "[compile]") {
  const Value w = Tensor::from({1., 2.}), c = constant(Tensor::from({3., 4.})), s = 2.0;
  auto f = compile([&] { return sum(square(w) * c * s); });
  CHECK(f().item() == 38);
  w.fill_(1);
  CHECK(f().item() == 14);
  c.copy_(Tensor::from({1., 1.}));
  CHECK(f().item() == 4);
  s.fill_(5);
  CHECK(f().item() == 10);
  w.data().fill_(2);
  CHECK(f().item() == 40);
  CHECK(f.recordings() == 1);
  // What is made from constants alone is made again.
  auto g = compile([&] { return sum(w * square(c) + square(s * 2)); });
  CHECK(g().item() == 2 + 2 + 200);
  c.fill_(3);
  CHECK(g().item() == 18 + 18 + 200);
  CHECK(g.recordings() == 1);
  c.fill_(1);
  // A change after the call is noticed as ever.
  const Value loss = f();
  w.fill_(7);
  CHECK(message_of([&] { loss.backward(); }).find("fill_ changed it in place") !=
        std::string::npos);
  f.forget();
  CHECK(f().item() == 490);
  CHECK(f.recordings() == 2);
}

TEST_CASE("a compiled result has no gradient of an earlier run", "[compile]") {
  const Value w = Tensor::from({1., 2.});
  auto f = compile([&](const Value& x) { return sum(w * x); });
  f(Tensor::ones({2})).backward({.retain_grad = true});
  CHECK_FALSE(f(Tensor::ones({2})).has_grad());
  const Value loss = f(Tensor::ones({2}));
  loss.backward({.retain_grad = true});
  CHECK(loss.grad().item() == 1);
  // A leaf that is shared receives none any more.
  f(Tensor::ones({2})).backward();
  w.share();
  const Value v = Tensor::from({1., 2.});
  auto g = compile([&](const Value& x) { return sum(matmul(x, reshape(w * v, {2, 1}))); });
  for (int i = 0; i < 3; ++i) {
    v.zero_grad();
    g(Tensor::ones({1, 2})).backward();
    CHECK(v.grad().to_vector() == std::vector<double>{1, 2});
  }
}

TEST_CASE("compiled functions inside another, without gradients, and after an error", "[compile]") {
  const Value w = Tensor::from({1., 2.});
  auto inner = compile([&](const Value& x) { return sum(w * x); });
  auto outer = compile([&](const Value& x) { return inner(x * 2) + 1; });
  CHECK(outer(Tensor::from({1., 1.})).item() == 7);
  CHECK(outer(Tensor::from({2., 1.})).item() == 9);
  CHECK(outer.recordings() == 1);
  {
    const no_grad pause;
    CHECK_FALSE(inner(Tensor::from({1., 1.})).requires_grad());
    CHECK_FALSE(inner(w).requires_grad());
  }
  CHECK(inner(Tensor::from({1., 1.})).requires_grad());
  // A tensor is a constant inside another recording too.
  auto of_tensor = compile([&] { return inner(Tensor::from({1., 1.})) * 2; });
  CHECK(of_tensor().item() == 6);
  CHECK(of_tensor().item() == 6);
  bool fails = true;
  auto f = compile([&](const Value& x) {
    if (fails) throw std::runtime_error("not now");
    return inner(x);
  });
  CHECK_THROWS_AS(f(Tensor::from({1., 1.})), std::runtime_error);
  fails = false;
  CHECK(f(Tensor::from({1., 1.})).item() == 3);
  // The result outlives what made it.
  Value result;
  {
    auto g = compile([&](const Value& x) { return sum(w * x); });
    g(Tensor::from({5., 5.}));
    result = g(Tensor::from({1., 3.}));
  }
  w.zero_grad();
  result.backward();
  CHECK(w.grad().to_vector() == std::vector<double>{1, 3});
}

TEST_CASE("a name that one result was given is not that of the next", "[compile]") {
  const Value w = 2.0;
  auto f = compile([&](const Value& x) { return tanh(x * w); });
  auto g = compile([&](const Value& x) { return tanh(x * w).name("y"); });
  static_cast<void>(f(Tensor(1.0)).name("first"));
  static_cast<void>(g(Tensor(1.0)).name("first"));
  CHECK(f(Tensor(2.0)).name().empty());
  CHECK(g(Tensor(2.0)).name() == "y");
}

TEST_CASE("a compiled function that calls itself", "[compile]") {
  const Value w = 3.0;
  std::function<Value(double)> itself;
  auto power = compile([&](double n) -> Value { return n == 0 ? w * 1.0 : w * itself(n - 1); });
  itself = std::ref(power);
  CHECK(power(2.0).item() == 27);
  CHECK(power(0.0).item() == 3);
  CHECK(power(1.0).item() == 9);
  CHECK(power(2.0).item() == 27);
}

TEST_CASE("every op can be run again", "[compile]") {
  const auto check = [](const std::string& name, const auto& of_values, std::vector<Tensor> first,
                        const std::vector<Tensor>& second) {
    INFO(name);
    for (const DType dtype : {float64, float32}) {
      std::vector<Value> x;
      for (const Tensor& t : first) x.push_back(Value(t.to(dtype).clone()));
      auto f = compile([&] { return sum(square(of_values(x))); });
      f().backward();
      for (int run = 0; run < 3; ++run) {
        const auto& given = run % 2 ? first : second;
        for (std::size_t i = 0; i < x.size(); ++i) {
          x[i].copy_(given[i].to(dtype));
          x[i].zero_grad();
        }
        const Value expected = sum(square(of_values(x)));
        expected.backward();
        std::vector<Tensor> gradients;
        for (const Value& v : x) gradients.push_back(v.grad().clone());
        for (const Value& v : x) v.zero_grad();
        const Value actual = f();
        actual.backward();
        CHECK(identical(actual.data(), expected.data()));
        for (std::size_t i = 0; i < x.size(); ++i) CHECK(identical(x[i].grad(), gradients[i]));
      }
      CHECK(f.recordings() == 1);
    }
  };
  for (const auto& op : elementwise_cases())
    for (const Shape& shape : {Shape{}, Shape{2, 3}}) {
      std::vector<Tensor> second;
      for (std::size_t k = 0; k < op.domain.size(); ++k)
        second.push_back(sample(op.domain[k], shape, 500 + k));
      check(op.name, op.of_values, samples(op, {shape}), second);
    }
  for (const auto& op : structural_cases()) {
    std::vector<Tensor> second;
    for (std::size_t k = 0; k < op.shapes.size(); ++k)
      second.push_back(Tensor::randn(op.shapes[k], 500 + k));
    check(op.name, op.of_values, samples(op), second);
  }
}
