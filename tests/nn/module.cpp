#include <autograd/autograd.hpp>
#include <limits>
#include <nn/nn.hpp>
#include <tests/catch.hpp>

using namespace brickgrad;

namespace {

std::vector<std::string> names(const nn::Module& m) {
  std::vector<std::string> out;
  for (auto& [name, p] : m.named_parameters()) out.push_back(name);
  return out;
}

struct Block : nn::Module {
  explicit Block(std::int64_t width) : inner(child("inner", nn::Linear(width, width))) {}
  Value forward(const Value& x) const override { return x + scale * tanh(inner(x)); }
  nn::Linear inner;
  Value scale = parameter("scale", 0.5);
};

struct Net : nn::Module {
  nn::Linear first = child("first", nn::Linear(2, 3));
  Block block = child("block", Block(3));
  Value forward(const Value& x) const override { return block(first(x)); }
};

/// Says what it computes with an operator of its own.
struct Doubler : nn::Module {
  Value operator()(const Value& x) const { return x * 2.0; }
};

struct BadParts : nn::Module {
  void register_value(const std::string& name, const Value& v) { parameter(name, v); }
  void register_self() { child("self", *this); }
};

Value plus_one(const Value& x) { return x + 1.0; }

bool same(const Tensor& a, const Tensor& b) { return a.to_vector() == b.to_vector(); }

}  // namespace

TEST_CASE("a Sequential of layers by value") {
  nn::Sequential net{nn::Linear(2, 3), nn::Sigmoid(), nn::Linear(3, 2)};
  CHECK(names(net) == std::vector<std::string>{"0.weight", "0.bias", "2.weight", "2.bias"});
  CHECK(net.parameters().size() == 4);
  CHECK(net.parameter_count() == 2 * 3 + 3 + 3 * 2 + 2);
  for (auto& [name, p] : net.named_parameters()) CHECK(p.name() == name);
  CHECK(net.named_parameters()[0].second.shape() == Shape{2, 3});

  const Tensor X = Tensor::randn({4, 2}, 3);
  Value y = net(X);
  CHECK(y.shape() == Shape{4, 2});
  const auto p = net.parameters();
  const Tensor by_hand =
      matmul(sigmoid(matmul(X, p[0].data()) + p[1].data()), p[2].data()) + p[3].data();
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::int64_t j = 0; j < 2; ++j)
      CHECK(y.data()(i, j) == Approx(by_hand(i, j)).epsilon(1e-14));
}

TEST_CASE("a tensor is a constant, a value receives its gradient") {
  nn::Sequential net{nn::Linear(2, 1)};
  Value x = Tensor::ones({1, 2});
  sum(net(x)).backward();
  CHECK(x.has_grad());
  net.zero_grad();
  for (const Value& p : net.parameters())
    CHECK(p.grad().to_vector() == std::vector<double>(static_cast<std::size_t>(p.numel()), 0.0));
  sum(net(Tensor::ones({1, 2}))).backward();
  CHECK(net.parameters()[0].grad().to_vector() == std::vector<double>{1, 1});
  const nn::Sequential& fixed = net;
  CHECK(fixed(Tensor::ones({5, 2})).shape() == Shape{5, 1});
}

TEST_CASE("modules of modules: names, order, pictures") {
  Net net;
  CHECK(names(net) == std::vector<std::string>{"first.weight", "first.bias", "block.scale",
                                               "block.inner.weight", "block.inner.bias"});
  CHECK(net.block.inner.weight().name() == "block.inner.weight");
  nn::Sequential outer{net, nn::Linear(3, 1)};
  CHECK(names(outer)[3] == "0.block.inner.weight");
  CHECK(net.block.inner.weight().name() == "0.block.inner.weight");
  CHECK(outer(Tensor::ones({1, 2})).shape() == Shape{1, 1});
  CHECK(outer.at<Net>(0).block.scale.item() == 0.5);
}

TEST_CASE("copies of a module share its parameters") {
  nn::Linear a(2, 2);
  const nn::Linear b = a;
  a.weight().fill_(7);
  CHECK(b.weight().data()(1, 1) == 7);

  nn::Sequential net{a};
  nn::Sequential copy = net;
  copy.push_back(nn::Linear(2, 1));
  CHECK(net.size() == 2);
  CHECK(names(net) == names(copy));
  net.eval();
  CHECK_FALSE(copy.is_training());
  CHECK_FALSE(copy[0].is_training());
  copy.train();
  CHECK(net.is_training());

  nn::MLP deep({2, 4, 1}, {.seed = 1});
  const nn::MLP deep_copy = deep;
  const nn::Sequential plain = deep;
  CHECK(names(plain) == names(deep));
  CHECK(plain.size() == 3);
  CHECK(same(deep_copy(Tensor::ones({1, 2})).data(), plain(Tensor::ones({1, 2})).data()));
}

TEST_CASE("a shared layer counts once") {
  nn::Linear tied(3, 3);
  nn::Sequential net{tied, nn::Tanh(), tied};
  CHECK(net.parameters().size() == 2);
  CHECK(net.parameter_count() == 12);
  CHECK(names(net) == std::vector<std::string>{"0.weight", "0.bias"});
}

TEST_CASE("copy_from makes the values equal and nothing else") {
  nn::Sequential a{nn::Linear(2, 3), nn::ReLU()}, b{nn::Linear(2, 3), nn::ReLU()};
  CHECK_FALSE(same(a.parameters()[0].data(), b.parameters()[0].data()));
  b.copy_from(a);
  CHECK(same(a.parameters()[0].data(), b.parameters()[0].data()));
  b.parameters()[0].fill_(0);
  CHECK_FALSE(same(a.parameters()[0].data(), b.parameters()[0].data()));
  CHECK_THROWS_WITH(b.copy_from(nn::Linear(2, 3)),
                    contains("'0.weight' of shape (2, 3) does not match 'weight'"));
  CHECK_THROWS_WITH(b.copy_from(nn::Sigmoid()),
                    contains("4 parameters against 0") || contains("2 parameters against 0"));
}

TEST_CASE("anything that maps a value to a value is a layer") {
  nn::Sequential net{nn::Linear(2, 2), [](const Value& x) { return softmax(x); }, Doubler(),
                     plus_one};
  const Tensor y = net(Tensor::ones({1, 2})).data();
  CHECK(y(0, 0) + y(0, 1) == Approx(4));
  CHECK(net[2].get<Doubler>() != nullptr);
  CHECK(net[2].get<nn::Linear>() == nullptr);
  CHECK_THROWS_WITH(net.at<nn::Linear>(2), contains("layer 2 is of type Doubler, not Linear"));
  CHECK_THROWS_WITH(net[4], contains("there is no layer 4; it has 4"));
  nn::Sequential empty;
  CHECK(same(empty(Tensor::ones({2})).data(), Tensor::ones({2})));
}

TEST_CASE("an MLP") {
  nn::MLP net({2, 8, 8, 2}, {.activation = nn::Tanh(), .bias = false, .seed = 3});
  CHECK(names(net) == std::vector<std::string>{"0.weight", "2.weight", "4.weight"});
  nn::MLP again({2, 8, 8, 2}, {.activation = nn::Tanh(), .bias = false, .seed = 3});
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(same(net.parameters()[i].data(), again.parameters()[i].data()));
  CHECK(net[1].get<nn::Tanh>() != nullptr);
  nn::MLP small({2, 1}, {.dtype = float32});
  CHECK(small(Tensor::ones({1, 2}, float32)).dtype() == float32);
  CHECK_THROWS_WITH(nn::MLP(std::vector<std::int64_t>{2}), contains("1 sizes given"));
}

TEST_CASE("what is wrong with a module is said") {
  CHECK_THROWS_WITH(nn::Linear(0, 3), contains("at least one input"));
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  CHECK_THROWS_WITH(nn::LSTM(1, most / 2), contains("cannot be counted"));
  CHECK_THROWS_AS(nn::Conv2d(most, most, most), Error);
  nn::Linear plain(2, 3, {.bias = false});
  CHECK_FALSE(plain.has_bias());
  CHECK_THROWS_WITH(plain.bias(), contains("made without a bias"));
  CHECK_THROWS_WITH(plain(Tensor::ones({4, 3})),
                    contains("shape (4, 3) does not fit: its last extent must be 2"));
  CHECK_THROWS_WITH(nn::Module()(Tensor(1.0)), contains("override Value forward"));
  BadParts bad;
  bad.register_value("w", 1.0);
  CHECK_THROWS_WITH(bad.register_value("w", 1.0), contains("named 'w' already"));
  CHECK_THROWS_WITH(bad.register_value("a.b", 1.0), contains("without points"));
  CHECK_THROWS_WITH(bad.register_value("", 1.0), contains("''"));
  CHECK_THROWS_WITH(bad.register_value("c", constant(1.0)), contains("'c' is a constant"));
  CHECK_THROWS_WITH(bad.register_value("d", Value(1.0) * 2.0), contains("result of mul"));
  CHECK_THROWS_WITH(bad.register_self(), contains("it would become a part of"));
}

TEST_CASE("rank 1, batches and element types through Linear") {
  nn::Linear layer(3, 2, {.seed = 5});
  const Tensor x = Tensor::randn({2, 4, 3}, 1);
  const Tensor y = layer(x).data();
  CHECK(y.shape() == Shape{2, 4, 2});
  const Tensor row = layer(x[1][2]).data();
  CHECK(row.shape() == Shape{2});
  CHECK(row(1) == Approx(y(1, 2, 1)).epsilon(1e-14));
  CHECK(layer(Tensor::zeros({0, 3})).shape() == Shape{0, 2});
}
