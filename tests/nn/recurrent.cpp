// Recurrent networks: their formulas, all steps at once against single ones, and what they refuse.
#include <autograd/error.hpp>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/storage.hpp>
#include <nn/nn.hpp>
#include <tests/autograd/compare.hpp>
#include <thread>

using namespace brickgrad;

namespace {

void check_near(const Tensor& a, const Tensor& b, double tolerance) {
  REQUIRE(a.shape() == b.shape());
  CHECK(distance(a.to(float64), b.to(float64)) < tolerance);
}

/// What lstm() takes, all of it leaves.
struct Inputs {
  Value x, h, c, w_ih, w_hh, b;
  Inputs(std::int64_t steps, std::int64_t batch, std::int64_t in, std::int64_t hidden,
         DType dtype = float64)
      : x{Tensor::randn({steps, batch, in}, 1, dtype)},
        h{Tensor::randn({batch, hidden}, 2, dtype)},
        c{Tensor::randn({batch, hidden}, 3, dtype)},
        w_ih{Tensor::randn({in, 4 * hidden}, 4, dtype)},
        w_hh{Tensor::randn({hidden, 4 * hidden}, 5, dtype)},
        b{Tensor::randn({4 * hidden}, 6, dtype)} {
    // So that gates are not all open or shut.
    w_hh = Value((w_hh * 0.1).data().clone());
    w_ih = Value((w_ih * 0.1).data().clone());
  }
  std::vector<Value> all() const { return {x, h, c, w_ih, w_hh, b}; }
  /// A number that every output counts in, and its gradients.
  template <class Y>
  std::vector<Tensor> gradients_of(const Y& outputs) const {
    Value loss = 0.0;
    std::uint64_t seed = 10;
    for (const Value& y : outputs)
      loss = loss + sum(y * Tensor::randn(y.shape(), seed++, y.dtype())).to(float64);
    for (const Value& v : all()) v.zero_grad();
    loss.backward();
    std::vector<Tensor> gradients{loss.data()};
    for (const Value& v : all()) gradients.push_back(v.grad().clone());
    return gradients;
  }
  std::vector<Tensor> at_once() const {
    const auto [y, h_last, c_last] = lstm(x, h, c, w_ih, w_hh, b);
    return gradients_of(std::vector{y, h_last, c_last});
  }
  std::vector<Tensor> in_single_steps() const {
    Value state_h = h, state_c = c;
    std::vector<Value> outputs;
    for (std::int64_t t = 0; t < x.shape()[0]; ++t) {
      std::tie(state_h, state_c) = lstm_cell(x[t], state_h, state_c, w_ih, w_hh, b);
      outputs.push_back(reshape(state_h, {1, h.shape()[0], h.shape()[1]}));
    }
    return gradients_of(std::vector{concat(outputs), state_h, state_c});
  }
};

}  // namespace

TEST_CASE("an LSTM agrees with its formulas step by step", "[nn][layers]") {
  const nn::LSTM lstm(3, 5, {.seed = 1});
  const Tensor x = Tensor::randn({4, 2, 3}, 2);
  const auto [y, h, c] = lstm.run(constant(x));
  Tensor hidden = Tensor::zeros({2, 5}), cell = Tensor::zeros({2, 5});
  for (std::int64_t t = 0; t < 4; ++t) {
    const Tensor gates = matmul(x[t], lstm.weight_ih().data()) +
                         matmul(hidden, lstm.weight_hh().data()) + lstm.bias().data();
    const auto part = [&](std::int64_t k) { return slice(gates, 1, 5 * k, 5 * k + 5); };
    cell = sigmoid(part(1)) * cell + sigmoid(part(0)) * tanh(part(2));
    hidden = sigmoid(part(3)) * tanh(cell);
    check_near(y.data()[t], hidden, 1e-13);
    const auto [h1, c1] =
        lstm_cell(x[t], t == 0 ? Tensor::zeros({2, 5}) : y.data()[t - 1], Tensor::zeros({2, 5}),
                  lstm.weight_ih().data(), lstm.weight_hh().data(), lstm.bias().data());
    if (t == 0) check_near(h1, hidden, 1e-13);
  }
  check_near(h.data(), hidden, 1e-13);
  check_near(c.data(), cell, 1e-13);
  CHECK_THROWS_WITH(lstm(Tensor::zeros({4, 2, 2})), contains("(steps, batch, 3)"));
  CHECK_THROWS_WITH(lstm(Tensor::zeros({0, 2, 3})), contains("with a step at least"));
}

TEST_CASE("recurrent all steps of an LSTM are its single steps", "[nn][layers]") {
  struct Case {
    std::int64_t steps, batch, in, hidden;
  };
  // One part of a batch and several; weights that fit the caches and some that do not.
  const Case cases[] = {{1, 1, 1, 1},   {3, 2, 4, 5},   {4, 17, 3, 8},  {2, 16, 5, 16},
                        {5, 40, 2, 33}, {2, 100, 7, 9}, {2, 20, 4, 180}};
  for (const Case& k : cases)
    for (const DType dtype : {float64, float32}) {
      CAPTURE(k.steps, k.batch, k.in, k.hidden, dtype_name(dtype));
      const Inputs inputs(k.steps, k.batch, k.in, k.hidden, dtype);
      const auto a = inputs.at_once(), b = inputs.in_single_steps();
      REQUIRE(a.size() == b.size());
      for (std::size_t i = 0; i < a.size(); ++i) {
        CAPTURE(i);
        const double scale = 1 + max(abs(b[i].to(float64))).item();
        check_near(a[i], b[i], scale * (dtype == float64 ? 1e-13 : 1e-5));
      }
    }
}

TEST_CASE("recurrent steps do not depend on the number of threads", "[nn][layers]") {
  const int threads = num_threads();
  struct Case {
    std::int64_t batch, in, hidden;
  };
  // Parts of a few rows too, and weights that do not fit the caches.
  const Case cases[] = {{50, 16, 64},  {50, 16, 180}, {9, 16, 128}, {17, 128, 48},
                        {20, 16, 100}, {33, 128, 64}, {10, 16, 128}};
  for (const Case& k : cases) {
    CAPTURE(k.batch, k.in, k.hidden);
    const Inputs inputs(3, k.batch, k.in, k.hidden, float32);
    std::vector<std::vector<double>> results;
    for (const int count : {1, 2, 3}) {
      set_num_threads(count);
      results.emplace_back();
      for (const auto& gradients : {inputs.at_once(), inputs.in_single_steps()})
        for (const Tensor& t : gradients)
          for (const double v : t.to_vector()) results.back().push_back(v);
    }
    set_num_threads(threads);
    CHECK(results[0] == results[1]);
    CHECK(results[0] == results[2]);
  }
}

TEST_CASE("recurrent single steps follow their formulas", "[nn][layers]") {
  const int threads = num_threads();
  struct Case {
    std::int64_t batch, in, hidden;
  };
  for (const Case& k : {Case{0, 3, 4}, {2, 0, 3}, {1, 1, 1}, {18, 5, 7}, {33, 70, 64}})
    for (const DType dtype : {float64, float32})
      for (const bool is_row : {true, false}) {
        CAPTURE(k.batch, k.in, k.hidden, dtype_name(dtype), is_row);
        Inputs inputs(1, k.batch, k.in, k.hidden, dtype);
        const auto& [x, h, c, w_ih, w_hh, row] = inputs;
        if (!is_row) inputs.b = Value(Tensor::randn({k.batch, 4 * k.hidden}, 7, dtype));
        const Value gates = matmul(x[0], w_ih) + matmul(h, w_hh) + inputs.b;
        const auto part = [&](std::int64_t i) {
          return slice(gates, 1, i * k.hidden, (i + 1) * k.hidden);
        };
        const Value state = sigmoid(part(1)) * c + sigmoid(part(0)) * tanh(part(2)),
                    out = sigmoid(part(3)) * tanh(state);
        const auto wanted = inputs.gradients_of(std::vector{out, state});
        std::vector<std::vector<double>> results;
        for (const int count : {1, 2, 3}) {
          set_num_threads(count);
          const auto [h1, c1] = lstm_cell(x[0], h, c, w_ih, w_hh, inputs.b);
          const auto got = inputs.gradients_of(std::vector{h1, c1});
          results.emplace_back();
          for (std::size_t i = 0; i < wanted.size(); ++i) {
            CAPTURE(count, i);
            check_near(got[i], wanted[i], dtype == float64 ? 1e-12 : 2e-4);
            for (const double v : got[i].to_vector()) results.back().push_back(v);
          }
        }
        set_num_threads(threads);
        CHECK(results[0] == results[1]);
        CHECK(results[0] == results[2]);
      }
}

TEST_CASE("recurrent inputs may be views, and the same one twice", "[nn][layers]") {
  Inputs inputs(3, 4, 2, 5);
  const auto wanted = inputs.at_once();
  const Value x{transpose(inputs.x.data(), {1, 0, 2}).contiguous()},
      w{transpose(inputs.w_hh.data()).contiguous()};
  const auto [y, h, c] =
      lstm(transpose(x, {1, 0, 2}), inputs.h, inputs.c, inputs.w_ih, transpose(w), inputs.b);
  const auto seen = inputs.gradients_of(std::vector{y, h, c});
  check_near(seen[0], wanted[0], 1e-12);
  check_near(transpose(x.grad(), {1, 0, 2}).contiguous(), wanted[1], 1e-12);
  check_near(transpose(w.grad()).contiguous(), wanted[5], 1e-12);
  // One leaf as both states.
  const auto both = [&](const Value& s) {
    const auto [out, last_h, last_c] = lstm(inputs.x, s, s, inputs.w_ih, inputs.w_hh, inputs.b);
    return sum(square(out)) + sum(last_c * last_h);
  };
  const GradCheck r = gradcheck(both, inputs.h.data());
  INFO(r.report);
  CHECK(r.ok);
}

TEST_CASE("recurrent steps keep gates of their own", "[nn][layers]") {
  const Inputs inputs(3, 2, 4, 5);
  const auto loss = [&](const ops::Lstm& op, double factor) {
    const Value gates = linear(inputs.x, inputs.w_ih, inputs.b);
    return sum(square(evaluate(op, gates * factor, inputs.w_hh, inputs.h, inputs.c)));
  };
  const auto gradient = [&](const Value& of) {
    inputs.w_ih.zero_grad();
    of.backward();
    return inputs.w_ih.grad().clone();
  };
  const Tensor wanted = gradient(loss({}, 1)), of_other = gradient(loss({}, -2));
  // The same op again, on tensors and recorded, before the first one's gradient is asked for.
  const ops::Lstm op;
  const Tensor gates = linear(inputs.x, inputs.w_ih, inputs.b).data();
  const auto on_tensors = [&](double factor) {
    return evaluate(op, gates * factor, inputs.w_hh.data(), inputs.h.data(), inputs.c.data());
  };
  on_tensors(1);
  CHECK(!op.gates);
  const Value first = loss(op, 1), second = loss(op, -2);
  on_tensors(3);
  check_near(gradient(first), wanted, 1e-14);
  check_near(gradient(second), of_other, 1e-14);
  check_near(gradient(first), wanted, 1e-14);
  // Several threads use it.
  const Tensor once = on_tensors(1), twice = on_tensors(2);
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i)
        wrong[t] += !identical(on_tensors(t % 2 ? 1 : 2), t % 2 ? once : twice);
    });
  for (std::thread& t : threads) t.join();
  CHECK(wrong == std::vector<int>(4));
}

TEST_CASE("recurrent gates are computed for the inputs at hand", "[nn][layers]") {
  // Of another shape, of another element type, and of the first ones again.
  std::shared_ptr<Tensor> gates;
  const auto run = [&](const Inputs& k) {
    const Tensor x = linear(k.x, k.w_ih, k.b).data();
    const Tensor y = lstm_states(x, k.w_hh.data(), k.h.data(), k.c.data(), gates);
    const auto [to_gates, to_h, to_c] =
        lstm_gradients(Tensor::ones(y.shape(), y.dtype()), y, gates, k.w_hh.data());
    return std::vector{y, to_gates, to_h, to_c};
  };
  const Inputs a(3, 2, 4, 5), b(2, 3, 4, 5), c(2, 3, 4, 5, float32);
  std::vector<std::vector<Tensor>> wanted;
  for (const Inputs* k : {&a, &b, &c}) {
    gates = nullptr;
    wanted.push_back(run(*k));
  }
  const Inputs* const order[] = {&b, &c, &b, &a};
  const std::size_t of[] = {1, 2, 1, 0};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::vector<Tensor> seen = run(*order[i]);
    for (std::size_t j = 0; j < seen.size(); ++j) CHECK(identical(seen[j], wanted[of[i]][j]));
  }
  CHECK_THROWS_WITH(lstm_gradients(wanted[0][0], wanted[0][0], nullptr, a.w_hh.data()),
                    contains("lstm: these are not the gates"));
  for (const Inputs* k : {&a, &b, &c})
    CHECK_THROWS_AS(
        lstm_gradients(wanted[0][0], wanted[0][0],
                       std::make_shared<Tensor>(k == &a ? a.x.data() : k->b.data()), a.w_hh.data()),
        Error);
  // In whatever layout.
  run(a);
  const Tensor y = wanted[0][0],
               turned = transpose(transpose(y, {3, 2, 1, 0}).contiguous(), {3, 2, 1, 0});
  const auto of_turned = lstm_gradients(Tensor::ones(y.shape()), turned, gates, a.w_hh.data());
  CHECK(identical(std::get<0>(of_turned), wanted[0][1]));
  CHECK_THROWS_WITH(lstm_gradients(wanted[1][0], wanted[0][0], gates, a.w_hh.data()),
                    contains("lstm: a gradient of shape (2, 3, 3, 5)"));
  std::shared_ptr<Tensor> of_step;
  const Tensor x = a.x.data()[0], h = a.h.data(), c_before = a.c.data(), w = a.w_ih.data(),
               u = a.w_hh.data();
  const Tensor state = lstm_state(x, h, c_before, w, u, a.b.data(), of_step);
  CHECK_THROWS_WITH(lstm_cell_gradients(h, c_before, of_step),
                    contains("lstm_cell: a gradient of shape"));
  CHECK_THROWS_WITH(lstm_cell_gradients(state, c_before, nullptr),
                    contains("lstm_cell: these are not the gates"));
  CHECK_THROWS_WITH(lstm_cell_gradients(state, c_before, gates),
                    contains("lstm_cell: these are not the gates"));
}

TEST_CASE("recurrent the last state has memory of its own", "[nn][layers]") {
  nn::manual_seed(1);
  const nn::LSTM net(3, 4);
  const auto [y, h, c] = net.run(constant(Tensor::randn({5, 2, 3}, 1)));
  const Tensor before = y.data().clone();
  h.data().fill_(0);
  c.data().fill_(0);
  CHECK(identical(y.data(), before));
  // Nothing needs the old ones.
  sum(y).backward();
  CHECK(net.weight_hh().has_grad());
}

TEST_CASE("recurrent a frozen state and frozen weights receive nothing", "[nn][layers]") {
  const Inputs inputs(3, 2, 4, 5);
  const auto wanted = inputs.at_once();
  const auto [y, h, c] =
      lstm(inputs.x, inputs.h.data(), inputs.c.data(), inputs.w_ih, inputs.w_hh.data(), inputs.b);
  const auto seen = inputs.gradients_of(std::vector{y, h, c});
  for (const std::size_t i : {0u, 1u, 4u, 6u}) check_near(seen[i], wanted[i], 1e-13);
  for (const std::size_t i : {2u, 3u, 5u}) CHECK(max(abs(seen[i])).item() == 0);
}

TEST_CASE("recurrent steps can be run again", "[nn][layers]") {
  const auto train = [&](const auto& make) {
    nn::manual_seed(5);
    nn::LSTM net(3, 6);
    nn::SGD opt(net.parameters(), {.lr = 0.1});
    auto step = make([&](const Value& x) { return mean(square(net.run(x).h)); });
    std::vector<double> losses;
    for (std::uint64_t i = 0; i < 6; ++i) {
      const Value loss = step(constant(Tensor::randn({4, 5, 3}, i)));
      opt.zero_grad();
      loss.backward();
      opt.step();
      losses.push_back(loss.item());
    }
    return losses;
  };
  const auto direct = train([](auto f) { return f; });
  const auto compiled = train([](auto f) { return compile(f); });
  CHECK(direct == compiled);
}

TEST_CASE("recurrent operands that do not match are errors", "[nn][layers]") {
  const Tensor x = Tensor::ones({3, 2, 4}), state = Tensor::ones({2, 5}), w = Tensor::ones({4, 20}),
               u = Tensor::ones({5, 20}), b = Tensor::ones({20});
  CHECK_THROWS_WITH(lstm(x, state, Tensor::ones({2, 4}), w, u, b),
                    contains("lstm: x of shape (3, 2, 4), h of shape (2, 5), c of shape (2, 4)"));
  CHECK_THROWS_WITH(lstm(x[0], state, state, w, u, b), contains("with a step at least"));
  CHECK_THROWS_WITH(lstm(Tensor::ones({0, 2, 4}), state, state, w, u, b), contains("lstm: x"));
  CHECK_THROWS_WITH(lstm(x, state, state, u, u, b), contains("weights of shapes (5, 20)"));
  CHECK_THROWS_WITH(lstm(x, state, 0.0, w, u, b), contains("c of shape ()"));
  CHECK_THROWS_WITH(lstm(1.0, state, state, w, u, b), contains("lstm: x of shape ()"));
  const Tensor gates = Tensor::ones({3, 2, 20});
  CHECK_THROWS_WITH(evaluate(ops::Lstm{}, gates, u, state, x), contains("lstm: gates of shape"));
  CHECK_THROWS_WITH(evaluate(ops::Lstm{}, gates, w, state, state), contains("weights of shape"));
  // An empty batch is none.
  const auto [y, h, c] = lstm(Value(Tensor::ones({3, 0, 4})), Tensor::ones({0, 5}),
                              Tensor::ones({0, 5}), Value(w), Value(u), Value(b));
  CHECK(y.shape() == Shape{3, 0, 5});
  sum(y).backward();
}

TEST_CASE("recurrent weights that change before the gradient are an error", "[nn][layers]") {
  const Inputs inputs(3, 2, 4, 5);
  const auto [y, h, c] = lstm(inputs.x, inputs.h, inputs.c, inputs.w_ih, inputs.w_hh, inputs.b);
  inputs.w_hh.data().mul_(Tensor(2.0));
  CHECK_THROWS_WITH(sum(y).backward(), contains("lstm"));
}

TEST_CASE("recurrent gradients of the gates are handed over, not copied", "[nn][layers]") {
  constexpr std::int64_t steps = 32, batch = 64, hidden = 64;
  const Value x{Tensor::randn({steps, batch, 4 * hidden}, 1)},
      w{Tensor::randn({hidden, 4 * hidden}, 2) * 0.1}, h{Tensor::zeros({batch, hidden})},
      c{Tensor::zeros({batch, hidden})};
  const Value y = evaluate(ops::Lstm{}, x, w, h, c);
  const Tensor seed = Tensor::ones(y.shape());
  const auto bytes = static_cast<double>(x.numel()) * sizeof(double);
  const std::uint64_t before = system_bytes();
  y.backward(seed);
  CHECK(x.has_grad());
  CHECK(static_cast<double>(system_bytes() - before) < 1.75 * bytes);
}
