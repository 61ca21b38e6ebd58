// The 2-3-2 network on the four corners of XOR, against an independent run of the same training.
#include <autograd/autograd.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <nn/nn.hpp>
#include <test_data.hpp>
#include <tests/catch.hpp>
#include <tests/nn/corners.hpp>

using namespace brickgrad;

namespace {

nlohmann::json load(const std::string& name) {
  return nlohmann::json::parse(std::ifstream(std::string(BRICKGRAD_TEST_DATA) + "/" + name));
}

Tensor tensor(const nlohmann::json& json) {
  if (!json[0].is_array())
    return Tensor::from(json.get<std::vector<double>>(), {static_cast<std::int64_t>(json.size())});
  std::vector<double> all;
  for (const auto& row : json)
    for (double x : row) all.push_back(x);
  return Tensor::from(
      all, {static_cast<std::int64_t>(json.size()), static_cast<std::int64_t>(json[0].size())});
}

void check(const Tensor& got, const nlohmann::json& wanted) {
  const auto a = got.to_vector(), b = tensor(wanted).to_vector();
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK_THAT(a[i], WithinAbs(b[i], 1e-9));
}

void check_run(bool bias) {
  const auto start = load("tutorial_step.json");
  const auto wanted =
      load("xor_corners_reference.json")["runs"][bias ? "with_biases" : "without_biases"];
  nn::Sequential net{nn::Linear(2, 3, {.bias = bias}), nn::Sigmoid(),
                     nn::Linear(3, 2, {.bias = bias})};
  const auto &first = net.at<nn::Linear>(0), &last = net.at<nn::Linear>(2);
  first.weight().copy_(tensor(start["w1"]));
  last.weight().copy_(tensor(start["w2"]));
  if (bias) {
    first.bias().fill_(0);
    last.bias().fill_(0);
  }

  nn::SGD opt(net.parameters(), {.lr = 2.0});
  int first_right = -1;
  for (int update = 0; update < 2000; ++update) {
    const Value logits = net(corners);
    const Value loss = nn::cross_entropy(logits, xor_labels);
    const std::string key = std::to_string(update);
    if (wanted["loss_at"].contains(key))
      CHECK_THAT(loss.item(), WithinAbs(wanted["loss_at"][key].get<double>(), 1e-9));
    if (first_right < 0 && nn::accuracy(logits, xor_labels) == 1) first_right = update;
    if (update == 1999) check(softmax(logits).data(), wanted["probabilities_at_step_1999"]);
    opt.zero_grad();
    loss.backward();
    opt.step();
  }
  CHECK(first_right == wanted["first_step_with_all_four_right"].get<int>());
  check(first.weight().data(), wanted["w1"]);
  check(last.weight().data(), wanted["w2"]);
  if (bias) {
    check(first.bias().data(), wanted["b1"]);
    check(last.bias().data(), wanted["b2"]);
  }
}

}  // namespace

TEST_CASE("XOR with biases follows the reference") { check_run(true); }
TEST_CASE("XOR without biases follows the reference") { check_run(false); }

#ifndef BRICKGRAD_SANITIZE  // sanitized builds have no pools
TEST_CASE("a warm training step asks the system for no memory") {
  nn::Sequential net{nn::Linear(2, 3, {.seed = 1}), nn::Sigmoid(), nn::Linear(3, 2, {.seed = 2})};
  nn::Adam opt(net.parameters());
  std::uint64_t after_warm_up = 0;
  for (int i = 0; i < 20; ++i) {
    const Value loss = nn::cross_entropy(net(corners), xor_labels);
    opt.zero_grad();
    loss.backward();
    opt.step();
    if (i == 9) after_warm_up = system_allocations();
  }
  CHECK(system_allocations() == after_warm_up);
}
#endif

TEST_CASE("the same seed gives the same run to the bit") {
  auto run = [] {
    nn::manual_seed(4);
    nn::MLP net({2, 3, 2}, {.activation = nn::Tanh()});
    nn::Adam opt(net.parameters(), {.lr = 0.05});
    for (int i = 0; i < 100; ++i) {
      const Value loss = nn::cross_entropy(net(corners), xor_labels);
      opt.zero_grad();
      loss.backward();
      opt.step();
    }
    return net.parameters()[2].data().to_vector();
  };
  CHECK(run() == run());
}
