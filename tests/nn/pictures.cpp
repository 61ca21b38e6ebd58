// Networks in pictures: frames that modules make by themselves, and nets neuron by neuron.
#include <autograd/autograd.hpp>
#include <nn/nn.hpp>
#include <tests/catch.hpp>
#include <tests/count.hpp>

using namespace brickgrad;

namespace {

struct Twice : nn::Module {
  nn::Linear inner = child("inner", nn::Linear(3, 3));
  Value forward(const Value& x) const override { return inner(tanh(inner(x))); }
};

/// Is called by an operator of its own, which tells nobody.
struct Own : nn::Module {
  nn::Linear inner = child("inner", nn::Linear(3, 3));
  Value operator()(const Value& x) const { return tanh(inner(x)); }
};

std::vector<std::string> calls_of(const ModuleTrace& trace) {
  std::vector<std::string> out;
  for (const ModuleTrace::Call& c : trace.calls())
    out.push_back(fmt::format("{}{}:{}({})", std::string(static_cast<std::size_t>(c.level), '>'),
                              c.name, c.type, c.details));
  return out;
}

double at(const Tensor& t, std::size_t i) { return t.to_vector()[i]; }

}  // namespace

TEST_CASE("pictures modules report their calls") {
  const nn::Sequential net{nn::Linear(2, 3), nn::Sigmoid(), Twice(), nn::Linear(3, 2)};
  ModuleTrace trace;
  const Value y = net(Tensor::ones({4, 2}));
  CHECK(calls_of(trace) == std::vector<std::string>{
                               ":Sequential()", ">0:Linear(2, 3)", ">1:Sigmoid()", ">2:Twice()",
                               ">>inner:Linear(3, 3)", ">>inner:Linear(3, 3)", ">3:Linear(3, 2)"});
  const std::string dot = to_dot(y, {.modules = &trace});
  CHECK(count(dot, "subgraph") == 7);
  // The weights of what is called twice stand around both calls.
  CHECK(count(dot, "<B>2.inner.weight</B>") == 1);
  trace.clear();
  const Value alone = Twice()(constant(Tensor::ones({3})));
  CHECK(calls_of(trace)[0] == ":Twice()");
}

TEST_CASE("pictures every layer of a Sequential reports one call") {
  const nn::Sequential net{Own(), [](const Value& x) { return x * 2.0; }, nn::Sequential{Own()}};
  ModuleTrace trace;
  net(Tensor::ones({4, 3}));
  CHECK(calls_of(trace) == std::vector<std::string>{
                               ":Sequential()", ">0:Own()", ">>inner:Linear(3, 3)", ">1:Function()",
                               ">2:Sequential()", ">>0:Own()", ">>>inner:Linear(3, 3)"});
  CHECK(nn::summary(net, {4, 3}).find("0        Own") != std::string::npos);
}

TEST_CASE("pictures an LSTM, called directly or not, is one frame") {
  const nn::LSTM lstm(2, 3);
  const Tensor x = Tensor::ones({2, 1, 2});
  ModuleTrace trace;
  const Value y = lstm(x);
  const Value z = lstm.run(constant(x)).y;
  CHECK(calls_of(trace) == std::vector<std::string>{":LSTM(2, 3)", ":LSTM(2, 3)"});
  CHECK(count(to_dot(y, {.modules = &trace}), "subgraph") == 1);
}

TEST_CASE("pictures a call that throws leaves the trace in order") {
  const nn::Sequential net{nn::Linear(2, 3), nn::Linear(4, 2)};
  ModuleTrace trace;
  CHECK_THROWS_WITH(net(Tensor::ones({1, 2})), contains("does not fit"));
  const Value y = nn::Linear(2, 2)(Tensor::ones({1, 2}));
  CHECK(calls_of(trace).back() == ":Linear(2, 2)");
}

TEST_CASE("pictures neurons have the numbers of their net") {
  nn::manual_seed(3);
  const nn::Sequential net{nn::Linear(2, 3), nn::Sigmoid(), nn::Linear(3, 2), nn::Softmax()};
  const Tensor row = Tensor::from({0.25, -1.5});
  const Value p = net(constant(row));
  const Value loss = -log(p[1]);
  loss.backward();
  const nn::Neurons n = nn::neurons(net, row);
  REQUIRE(n.outputs.size() == 2);
  const Value same = -log(n.outputs[1]);
  same.backward();
  CHECK_THAT(same.item(), WithinAbs(loss.item(), 1e-15));
  for (std::size_t i = 0; i < 2; ++i)
    CHECK_THAT(n.outputs[i].item(), WithinAbs(at(p.data(), i), 1e-15));

  // W1 is ((w1, w3, w5), (w2, w4, w6)), W2 ((w7, w8), (w9, w10), (w11, w12)).
  const nn::Linear &first = net.at<nn::Linear>(0), &second = net.at<nn::Linear>(2);
  const std::vector<std::size_t> w1{1, 3, 5, 2, 4, 6};
  REQUIRE(n.weights.size() == 12);
  for (std::size_t i = 0; i < 12; ++i) CHECK(n.weights[i].name() == fmt::format("w{}", i + 1));
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(n.weights[w1[i] - 1].item() == at(first.weight().data(), i));
    CHECK_THAT(n.weights[w1[i] - 1].grad().item(), WithinAbs(at(first.weight().grad(), i), 1e-15));
    CHECK(n.weights[6 + i].item() == at(second.weight().data(), i));
    CHECK_THAT(n.weights[6 + i].grad().item(), WithinAbs(at(second.weight().grad(), i), 1e-15));
  }
  REQUIRE(n.biases.size() == 5);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK_THAT(n.biases[i].grad().item(), WithinAbs(at(first.bias().grad(), i), 1e-15));
  CHECK(n.inputs[1].name() == "x2");
  CHECK_FALSE(n.inputs[1].requires_grad());
  REQUIRE(n.layers.size() == 4);
  CHECK(n.layers[0][2].name() == "z1_3");
  CHECK(n.layers[1][2].name() == "h1_3");
  CHECK(n.layers[2][1].name() == "z2_2");
}

TEST_CASE("pictures neurons of other nets") {
  const nn::MLP mlp({2, 4, 1}, {.activation = nn::Tanh(), .bias = false, .seed = 1});
  const Tensor row = Tensor::from({1., 2.});
  CHECK_THAT(nn::neurons(mlp, row).outputs[0].item(), WithinAbs(mlp(row).item(), 1e-14));
  CHECK(nn::neurons(mlp, row).biases.empty());
  const nn::Sequential nested{mlp, [](const Value& x) { return x * x; }};
  CHECK_THAT(nn::neurons(nested, row).outputs[0].item(), WithinAbs(nested(row).item(), 1e-14));
  const nn::Sequential norm{nn::Linear(2, 2), nn::LayerNorm(2)};
  CHECK_THROWS_WITH(nn::neurons(norm, row), contains("layer 1 (LayerNorm) cannot be taken apart"));
  const nn::Sequential mixing{nn::Linear(2, 2), [](const Value& x) { return x - mean(x); }};
  CHECK_THROWS_WITH(nn::neurons(mixing, row), contains("cannot be taken apart"));
  CHECK_THROWS_WITH(nn::neurons(mlp, Tensor::ones({1, 2})), contains("not one row"));
  CHECK_THROWS_WITH(nn::neurons(mlp, Tensor::ones({3})), contains("do not fit a layer"));
}

TEST_CASE("pictures of neurons have a frame for each") {
  const nn::Sequential net{nn::Linear(2, 3), nn::Sigmoid(), nn::Linear(3, 2)};
  const ModuleTrace trace;
  const nn::Neurons n = nn::neurons(net, Tensor::from({0., 1.}));
  const Value loss = square(n.outputs[0] - 1.0) + square(n.outputs[1]);
  const std::string all = to_dot(loss, {.modules = &trace});
  CHECK(count(all, "subgraph") == 8);
  CHECK(count(all, "<B>neuron 2</B>") == 2);
  CHECK(count(all, "<B>w12</B>") == 1);
  const std::string folded = to_dot(loss, {.modules = &trace, .depth = 1});
  CHECK(count(folded, "subgraph") == 3);
  CHECK(count(folded, "<B>w12</B>") == 0);
  CHECK(count(folded, "<B>x1</B>") == 1);
}
