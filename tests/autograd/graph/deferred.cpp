// Large elementwise results are put off and computed in chains. That must not be seen: the
// reference is the same formula on pieces that are too small for it.
#include <tests/autograd/compare.hpp>

#include <thread>

using namespace brickgrad;

namespace {

constexpr std::int64_t piece = 30'011, pieces = 5, n = piece * pieces;  // odd, and 1.2 or 0.6 MB

struct Outcome {
  Tensor value;
  std::vector<Tensor> gradients;
};

/// f of the inputs with seed 1 everywhere. Inputs of one element are whole in every piece.
template <class F>
Outcome whole(F f, const std::vector<Tensor>& inputs) {
  std::vector<Value> x;
  for (const Tensor& t : inputs) x.emplace_back(t.clone());
  const Value y = f(x);
  y.backward(Tensor::ones(y.shape(), y.dtype()));
  Outcome out{y.data(), {}};
  for (const Value& v : x) out.gradients.push_back(v.grad());
  return out;
}

template <class F>
Outcome in_pieces(F f, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> values;
  std::vector<std::vector<Tensor>> gradients(inputs.size());
  for (std::int64_t i = 0; i < pieces; ++i) {
    std::vector<Tensor> parts;
    for (const Tensor& t : inputs)
      parts.push_back(t.numel() == 1 ? t : slice(t, 0, i * piece, (i + 1) * piece).clone());
    const Outcome part = whole(f, parts);
    values.push_back(part.value);
    for (std::size_t k = 0; k < inputs.size(); ++k) gradients[k].push_back(part.gradients[k]);
  }
  const auto join = [](const std::vector<Tensor>& parts) {
    if (parts[0].numel() > 1) return concat(parts, 0);
    Tensor sum = parts[0].clone();
    for (std::size_t i = 1; i < parts.size(); ++i) sum.add_(parts[i]);
    return sum;
  };
  Outcome out{join(values), {}};
  for (const auto& g : gradients) out.gradients.push_back(join(g));
  return out;
}

Tensor numbers(std::uint64_t seed, DType dtype) { return Tensor::randn({n}, seed, dtype) * 0.5; }

template <class F>
void check_same(F f, const std::vector<Tensor>& inputs) {
  const double tolerance = inputs[0].dtype() == float32 ? 2e-5 : 1e-12;
  const Outcome expected = in_pieces(f, inputs), got = whole(f, inputs);
  CHECK(distance(got.value, expected.value) < tolerance);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    INFO("input " << k);
    CHECK(distance(got.gradients[k], expected.gradients[k]) < tolerance);
  }
}

using Values = std::vector<Value>;

}  // namespace

TEST_CASE("chains give what their ops give one by one", "[graph]") {
  for (const DType dtype : {float64, float32}) {
    INFO(dtype_name(dtype));
    const Tensor a = numbers(1, dtype), b = numbers(2, dtype), c = numbers(3, dtype);
    check_same(
        [](const Values& x) { return sigmoid(tanh(x[0] * x[1]) + x[2]) * exp(-x[0] * x[0]); },
        {a, b, c});
    check_same([](const Values& x) { return sum(sigmoid(tanh(x[0] * x[1]) + x[2])); }, {a, b, c});
    check_same([](const Values& x) { return sum(tanh(x[0]) * x[0], {}, true); }, {a});
    check_same([](const Values& x) { return tanh(x[0]); }, {a});
    check_same([](const Values& x) { return x[0] * x[0] + x[0]; }, {a});
    check_same([](const Values& x) { return 2.0 / (x[0] * x[0] + 1.0) - x[0] / 3.0; }, {a});
    check_same([](const Values& x) { return (x[0] * x[1] + x[1]) * x[1]; },
               {a, Tensor::full({}, 0.75, dtype)});
    check_same([](const Values& x) { return tanh(x[0]) + x[1].to(x[0].dtype()) * exp(x[0]); },
               {a, Tensor(1.5)});
    check_same(
        [](const Values& x) { return where(x[0].data() > 0.0, log(abs(x[0])) * x[1], x[1] / 2.0); },
        {a, b});
    check_same(
        [](const Values& x) {
          Value y = x[0];
          for (int i = 0; i < 150; ++i) y = i % 3 == 0 ? sin(y) : y * 1.01 + x[1];
          return y;
        },
        {a, b});
  }
}

TEST_CASE("sums and means of chains", "[graph]") {
  const Tensor a = numbers(4, float64);
  Value x{a.clone()};
  const Value y = x * x;
  const double total = sum(a * a).item();
  CHECK(sum(y).item() == Approx(total).epsilon(1e-13));
  CHECK(mean(y).item() == Approx(total / n).epsilon(1e-13));
  CHECK(sum(y).shape() == Shape{});
  CHECK(sum(y, {0}, true).shape() == Shape{1});
  CHECK(sum(reshape(x, {pieces, piece}) * 2.0, {0}).shape() == Shape{piece});
  const Value both = sum(x * x) + mean(exp(x)) * 2.0;
  both.backward();
  CHECK(distance(x.grad(), a * 2 + exp(a) * (2.0 / n)) < 1e-12);
  // A sum that is asked for after what it sums.
  const Value z = exp(x), s = sum(z);
  CHECK(identical(z.data(), exp(a)));
  CHECK(s.item() == Approx(sum(exp(a)).item()).epsilon(1e-13));
}

TEST_CASE("values are there when asked for", "[graph]") {
  const Tensor a = numbers(5, float64);
  Value x{a.clone()};
  const Value y = tanh(x), z = y * y;
  CHECK(identical(z.data(), tanh(a) * tanh(a)));
  CHECK(identical(y.data(), tanh(a)));
  const Value w = exp(z);
  sum(w).backward({.retain_grad = true});
  CHECK(identical(w.grad(), Tensor::ones({n})));
  CHECK(identical(z.grad(), w.data()));
  CHECK(distance(y.grad(), w.data() * y.data() * 2) < 1e-13);
  const Value kept = x * 3.0;
  kept.retain_grad();
  const Value loss = sum(kept * kept);
  loss.backward();
  CHECK(distance(kept.grad(), a * 6) < 1e-13);
  // Copies, views, conversions, and functions without a graph.
  CHECK(identical((x * 2.0).detach().data(), a * 2));
  CHECK(identical((x * 2.0).to(float32).data(), (a * 2).to(float32)));
  CHECK(identical(reshape(x * 2.0, {piece, pieces}).data(), reshape(a * 2, {piece, pieces})));
  const Value u = x * 2.0;
  {
    const no_grad off;
    CHECK(identical((u + 1.0).data(), a * 2 + 1));
  }
  CHECK(identical(((x * 2.0) > 0.0), a * 2 > 0));
}

TEST_CASE("gradients of chains add up", "[graph]") {
  const Tensor a = numbers(6, float64);
  Value x{a.clone()};
  const Value loss = sum(tanh(x) * x);
  loss.backward();
  const Tensor once = x.grad().clone();
  loss.backward();
  CHECK(distance(x.grad(), once * 2) < 1e-13);
  // A value with users on both sides of a chain's end.
  Value v{a.clone()};
  const Value s = v * v;
  (sum(exp(s)) + sum(reshape(s, {piece, pieces}), {0, 1})).backward();
  CHECK(distance(v.grad(), a * 2 * (exp(a * a) + 1)) < 1e-12);
}

TEST_CASE("a change in place comes after what was recorded before it", "[graph]") {
  const Tensor a = numbers(7, float64);
  const auto check = [&a](auto change) {
    Value x{a.clone()};
    const Value inner = x + 1.0, y = inner * 2.0, s = sum(x + 3.0);
    change(x);
    CHECK(identical(y.data(), (a + 1) * 2));
    CHECK(identical(inner.data(), a + 1));
    CHECK(s.item() == Approx(sum(a + 3).item()).epsilon(1e-13));
    sum(y).backward();
    CHECK(identical(x.grad(), Tensor::full({n}, 2)));
    const Value z = x * x;
    change(x);
    CHECK_THAT(message_of([&] { sum(z).backward(); }), contains("the derivative of mul needs"));
  };
  check([](Value& x) { x.add_(1.0); });
  check([](Value& x) { x.data().mul_(3.0); });
  check([](Value& x) { x.data().set({3}, 1); });
  check([](Value& x) { x.detach().fill_(2); });
  check([](Value& x) { slice(x.data(), 0, 2, 5).add_(1.0); });
  // Through a pointer, nobody tells.
  Tensor t = a.clone();
  Value x{std::move(t)};
  double* p = x.data().data<double>();
  const Value y = x + 1.0;
  p[5] = 99;
  CHECK(identical(y.data(), a + 1));
  const Value later = x + 1.0, first = exp(x);
  const Tensor was = exp(x.data());
  x.data().span<double>()[5] = 98;
  CHECK(later.data()[5].item() == 100);
  CHECK(identical(first.data(), was));
  // A number that changes between two uses.
  Value v{a.clone()}, k = 2.0;
  const Value one = v + k;
  k.fill_(5);
  const Value two = one + k;
  sum(two).backward();
  CHECK(identical(two.data(), a + 2 + 5));
  CHECK(k.grad().item() == Approx(2.0 * n));
}

TEST_CASE("what a backward pass did not keep is an error once it cannot be made again", "[graph]") {
  const Tensor a = numbers(8, float64);
  Value x{a.clone()};
  const Value loss = sum((x + 1.0) + 2.0);
  loss.backward();
  loss.backward();
  CHECK(identical(x.grad(), Tensor::full({n}, 2)));
  x.add_(1.0);
  CHECK_THAT(message_of([&] { loss.backward(); }), contains("was not kept after backward()"));
  CHECK(loss.item() == Approx(sum(a).item() + 3.0 * n).epsilon(1e-12));
  // The graph is drawn nevertheless.
  CHECK_THAT(to_dot(loss), contains("not kept"));
}

TEST_CASE("chains do not depend on the number of threads", "[graph]") {
  const int before = num_threads();
  const auto run = [](int threads) {
    set_num_threads(threads);
    return whole([](const Values& x) { return mean(tanh(x[0] * x[1]) * exp(x[0])); },
                 {numbers(9, float32), Tensor::full({}, 0.3, float32)});
  };
  const Outcome one = run(1), three = run(3);
  set_num_threads(before);
  CHECK(identical(one.value, three.value));
  CHECK(identical(one.gradients[0], three.gradients[0]));
  CHECK(identical(one.gradients[1], three.gradients[1]));
}

TEST_CASE("derivatives of derivatives through chains", "[graph]") {
  const Tensor a = numbers(10, float64);
  Value x{a.clone()};
  const Value g = grad(sum(tanh(x) * x), x, {.create_graph = true});
  sum(g).backward();
  Outcome expected = in_pieces(
      [](const Values& v) { return grad(sum(tanh(v[0]) * v[0]), v[0], {.create_graph = true}); },
      {a});
  CHECK(distance(g.data(), expected.value) < 1e-12);
  CHECK(distance(x.grad(), expected.gradients[0]) < 1e-12);
}

TEST_CASE("chains are dropped unasked, in any order and on any thread", "[graph]") {
  Value x{numbers(11, float64)};
  { const Value never = exp(x) * x; }
  x.add_(1.0);
  Value y = x * 2.0, z = y + 1.0;
  y = Value();
  std::thread([z = std::move(z)]() mutable { z = Value(); }).join();
  x.fill_(1);
  // Training, with what is put off in one step gone before the next.
  Value w{Tensor::zeros({n})};
  Value metric;
  for (int i = 0; i < 3; ++i) {
    const Value loss = mean(square(w - x));
    metric = sqrt(abs(w - x));
    w.zero_grad();
    loss.backward();
    w.sub_(w.grad(), 0.25 * n);
  }
  CHECK(distance(w.data(), Tensor::full({n}, 0.875)) < 1e-12);
  CHECK(metric.data()[0].item() == Approx(0.5));
}
