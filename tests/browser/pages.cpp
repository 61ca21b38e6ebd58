// Writes the pages that the browser's tests open, and beside each the numbers that it must show.
#include <autograd/autograd.hpp>
#include <autograd/draw/module_trace.hpp>
#include <cmath>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <nn/nn.hpp>
#include <random>

using namespace brickgrad;
using nlohmann::json;

namespace {

const Value& named(const Value& v, const std::string& name) { return v.name(name); }

/// NaN and infinities as the page writes them.
json number(double x) {
  if (std::isnan(x)) return "NaN";
  if (std::isinf(x)) return x > 0 ? "Infinity" : "-Infinity";
  return x;
}

json elements(const Tensor& t) {
  json out = json::array();
  for (const double x : t.to_vector()) out.push_back(number(x));
  return out;
}

/// What the engine says of the values that have names.
json facts(const std::vector<Value>& values) {
  json out = json::object();
  for (const Value& v : values) {
    json& fact = out[v.name()];
    fact["value"] = elements(v.data());
    if (v.has_grad()) fact["gradient"] = elements(v.grad());
  }
  return out;
}

void write(const std::string& folder, const std::string& name, const Value& v, const json& expected,
           const PageOptions& options = {}) {
  write_html(v, folder + "/" + name + ".html", options);
  std::ofstream(folder + "/" + name + ".json") << expected.dump(1) << '\n';
}

/// Scalars; x is used twice, and one gradient comes in two parts.
void scalars(const std::string& folder) {
  const Value x = named(2.0, "x"), y = named(-3.0, "y");
  const Value product = named(x * y, "product"), sine = named(sin(x), "sine");
  const Value sum = named(product + sine, "sum");
  const Value squashed = named(tanh(sum), "squashed");
  const Value f = named(squashed / (1.0 + exp(-y)), "f");
  f.backward({.retain_grad = true});
  write(folder, "scalars", f, facts({x, y, product, sine, sum, squashed, f}),
        {.title = "tanh(x y + sin x) / (1 + exp(-y))"});
}

Value net(std::vector<Value>& values) {
  const Value X = constant(Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}}));
  named(X, "X");
  const Value W1 = named(Tensor::randn({2, 3}, 1), "W1"), b1 = named(Tensor::randn({3}, 2), "b1");
  const Value W2 = named(Tensor::randn({3, 2}, 3), "W2"), b2 = named(Tensor::randn({2}, 4), "b2");
  const Tensor target = Tensor::from({{1., 0.}, {0., 1.}, {0., 1.}, {1., 0.}});
  const Value z1 = named(matmul(X, W1) + b1, "z1"), h = named(sigmoid(z1), "h");
  const Value z2 = named(matmul(h, W2) + b2, "z2");
  Value loss = named(mean(square(z2 - target)), "loss");
  values = {X, W1, b1, W2, b2, z1, h, z2, loss};
  return loss;
}

/// Tensors, after the backward pass and before it.
void tensors(const std::string& folder) {
  std::vector<Value> values;
  const Value before = net(values);
  write(folder, "before", before, facts(values));
  const Value loss = net(values);
  loss.backward({.retain_grad = true});
  write(folder, "tensors", loss, facts(values), {.title = "The 2-3-2 net on the corners"});
  const Value leaves = net(values);
  leaves.backward();
  write(folder, "leaves", leaves, facts(values), {.top_down = true});
}

/// Two backward passes add up in the leaf.
void twice(const std::string& folder) {
  const Value x = named(2.0, "x"), y = named(3.0, "y");
  (x * 5.0).backward();
  const Value f = named(x * y, "f");
  f.backward({.retain_grad = true});
  write(folder, "twice", f, facts({x, y, f}));
}

/// Names that would be markup, and numbers that are none.
void hostile(const std::string& folder) {
  const Value a = named(2.0, "</script><script>throw 'broken'</script>");
  const Value b = named(-1.0, "<img src=x onerror=\"throw 'broken'\"> & \"quotes\" \\N {{data}}");
  const Value c = named(log(b), "line\nbreak\t\x01 \xff \u202e" + std::string(5000, 'n'));
  const Value infinite = named(a / 0.0, "]]>--><!--");
  const Value f = named(a * c + infinite, "f");
  f.backward({.retain_grad = true});
  write(folder, "hostile", f, {{"value", number(f.item())}},
        {.title = "</title><script>throw 1</script>"});
}

/// Too many elements to show.
void large(const std::string& folder) {
  const Value X = constant(Tensor::randn({64, 100}, 1));
  named(X, "X");
  const Value W = named(Tensor::randn({100, 50}, 2), "W");
  const Value h = named(tanh(matmul(X, W)), "h");
  const Value loss = named(mean(h), "loss");
  loss.backward({.retain_grad = true});
  double smallest = INFINITY, largest = -INFINITY;
  for (const double x : W.grad().to_vector()) {
    smallest = std::min(smallest, x);
    largest = std::max(largest, x);
  }
  write(folder, "large", loss, {{"smallest", smallest}, {"largest", largest}});
}

/// A few hundred nodes.
void chain(const std::string& folder) {
  Value x = named(0.5, "x"), y = x;
  for (int i = 0; i < 40; ++i) y = named(sin(y) * 1.5 + x * 0.1, fmt::format("y{}", i + 1));
  y.backward({.retain_grad = true});
  write(folder, "chain", y, facts({x, y}));
}

json facts(const nn::TrainingRecord::Frame& f, const nn::Module& net, const Tensor& points,
           const std::vector<std::int64_t>& labels) {
  return {{"epoch", f.epoch},
          {"loss", f.loss},
          {"accuracy", nn::accuracy(net.forward(constant(points)), labels)},
          {"parameters", f.parameters},
          {"gradients", f.gradients}};
}

/// A frame around each layer.
void modules(const std::string& folder) {
  const Tensor X = Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  const nn::Sequential net{nn::Linear(2, 3, {.seed = 1}), nn::Tanh(),
                           nn::Linear(3, 2, {.seed = 2})};
  const ModuleTrace trace;
  const Value loss =
      named(nn::cross_entropy(net(X), std::vector<std::int64_t>{0, 1, 1, 0}), "loss");
  loss.backward({.retain_grad = true});
  write(folder, "modules", loss, facts({loss}), {.modules = &trace});
}

/// A stack of equal layers in a card, one of whose values is used again at the end.
void folded(const std::string& folder) {
  const Value x = named(Tensor::from({{0.5, -0.25, 1.}}), "x");
  const ModuleTrace trace;
  std::vector<nn::Linear> layers;
  Value h = x, early;
  for (int i = 0; i < 40; ++i) {
    layers.emplace_back(3, 3, nn::LinearOptions{.seed = static_cast<std::uint64_t>(i + 1)});
    layers.back().weight().name(fmt::format("w{}", i + 1));
    const ModuleTrace::Part part(std::to_string(i), "Layer", "3", std::span(&h, 1));
    h = tanh(layers.back()(h));
    if (i == 20) early = named(h, "early");
  }
  const Value scaled = named(h * early, "scaled"), loss = named(sum(scaled), "loss");
  loss.backward({.retain_grad = true});
  double squares = 0;
  for (const nn::Linear& layer : layers)
    for (const Value& p : layer.parameters()) squares += sum(square(p.grad())).item();
  json expected = facts({x, scaled, loss});
  expected["norm"] = std::sqrt(squares);
  write(folder, "folded", loss, expected, {.modules = &trace, .max_nodes = 100});
}

/// A card that six values leave.
void leaving(const std::string& folder) {
  const Value x = named(Tensor::from({0.5, -0.25}), "x");
  const ModuleTrace trace;
  std::vector<Value> values;
  {
    const ModuleTrace::Part part("", "Net", "", std::span(&x, 1));
    for (int i = 0; i < 6; ++i) values.push_back(tanh(i == 0 ? x : values.back()));
  }
  Value total = values.back();
  for (int i = 0; i < 5; ++i) total = total * values[static_cast<std::size_t>(i)];
  const Value loss = named(sum(total), "loss");
  loss.backward({.retain_grad = true});
  write(folder, "leaving", loss, facts({x, loss}), {.modules = &trace, .depth = 0});
}

/// A layer whose values are all zero, and to whose weight no gradient comes.
void dead(const std::string& folder) {
  const Value w = named(Tensor::from({{1., 2.}, {3., 4.}}), "w");
  const Value rectified = named(relu(matmul(Tensor::from({{1., 1.}}), w) - 100.0), "rectified");
  const Value loss = named(sum(rectified * 2.0), "loss");
  loss.backward({.retain_grad = true});
  write(folder, "dead", loss, facts({w, rectified, loss}));
}

/// A NaN that comes to the result by one of two ways.
void not_a_number(const std::string& folder) {
  const Value x = named(-1.0, "x");
  const Value f = named(log(x * 2.0) * 3.0 + exp(x), "f");
  f.backward({.retain_grad = true});
  write(folder, "not_a_number", f, facts({x, f}));
}

/// A NaN that starts inside of a card for many values.
void hidden_nan(const std::string& folder) {
  const Value x = named(0.5, "x");
  std::vector<Value> values{x};
  std::mt19937 random(1);
  // Without a pattern that repeats: stretches of ops share a card.
  for (std::size_t i = 1; i <= 200; ++i) {
    const Value &y = values.back(), &z = values[random() % i];
    const auto kind = random() % 3;
    Value next = kind == 0 ? sin(y + z) : kind == 1 ? tanh(y * z) : y * 1.25 - z;
    if (i == 110) {
      const Value origin = named(log(next * 0.0 - 1.0), "origin");
      next = origin * y + z;
    }
    values.push_back(named(next, fmt::format("t{}", i)));
  }
  const Value y = values.back();
  y.backward({.retain_grad = true});
  write(folder, "hidden_nan", y, facts({x, y}), {.max_nodes = 50});
}

/// The 2-3-2 net learns the corners; the numbers of the first and the last epoch.
void training(const std::string& folder) {
  const Tensor X = Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  const std::vector<std::int64_t> labels{0, 1, 1, 0};
  nn::manual_seed(1);
  const nn::LinearOptions options{
      .init = [](const Value& w, std::uint64_t seed) { nn::init::uniform_(w, -1, 1, seed); }};
  const nn::Sequential net{nn::Linear(2, 3, options), nn::Sigmoid(), nn::Linear(3, 2, options)};
  nn::SGD opt(net.parameters(), {.lr = 2.0});
  nn::TrainingRecord record(net, X, labels);
  json expected = json::array();
  for (int epoch = 0; epoch < 600; ++epoch) {
    const Value loss = nn::cross_entropy(net(X), labels);
    opt.zero_grad();
    loss.backward();
    record.add(loss.item());
    if (epoch == 0 || epoch == 599)
      expected.push_back(facts(record.frames().back(), net, X, labels));
    opt.step();
  }
  record.write_html(folder + "/training.html");
  std::ofstream(folder + "/training.json") << expected.dump(1) << '\n';
}

/// So many hidden layers of two neurons, for a few epochs.
void deeper_training(const std::string& folder, int hidden) {
  const Tensor X = Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  const std::vector<std::int64_t> labels{0, 1, 1, 0};
  nn::Sequential net;
  for (int layer = 0; layer <= hidden; ++layer) {
    if (layer > 0) net.push_back(nn::Sigmoid());
    net.push_back(nn::Linear(2, 2, {.seed = static_cast<std::uint64_t>(layer + 1)}));
  }
  nn::SGD opt(net.parameters(), {.lr = 2.0});
  nn::TrainingRecord record(net, X, labels);
  for (int epoch = 0; epoch < 20; ++epoch) {
    const Value loss = nn::cross_entropy(net(X), labels);
    opt.zero_grad();
    loss.backward();
    record.add(loss.item());
    opt.step();
  }
  record.write_html(fmt::format("{}/training_{}.html", folder, hidden));
}

/// More neurons than there are colours, untrained, and what the record was told.
void wide_training(const std::string& folder) {
  const Tensor X = Tensor::from({{-1., -1.}, {-1., 1.}, {1., -1.}, {1., 1.}});
  const std::vector<std::int64_t> labels{0, 1, 1, 0};
  const nn::Sequential net{nn::Linear(2, 10, {.seed = 1}), nn::Sigmoid(),
                           nn::Linear(10, 2, {.seed = 2})};
  nn::TrainingRecord record(net, X, labels);
  for (int epoch = 0; epoch < 1001; ++epoch) record.add(0.7);
  record.note("What came out.");
  record.note("Why: <b>x</b> & y.");
  record.write_html(folder + "/wide_training.html");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: browser_pages FOLDER\n";
    return 2;
  }
  try {
    const std::string folder = argv[1];
    scalars(folder);
    tensors(folder);
    twice(folder);
    hostile(folder);
    large(folder);
    chain(folder);
    modules(folder);
    folded(folder);
    leaving(folder);
    dead(folder);
    not_a_number(folder);
    hidden_nan(folder);
    training(folder);
    wide_training(folder);
    for (const int hidden : {2, 12}) deeper_training(folder, hidden);
  } catch (const std::exception& e) {
    std::cerr << "browser_pages: " << e.what() << '\n';
    return 1;
  }
}
