// One training step of the back-propagation tutorial's 2-3-2 network, every number of it: the local
// derivatives, their products along the chain, the updated weights and the next loss.
#include <autograd/autograd.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <test_data.hpp>
#include <tests/catch.hpp>

using namespace brickgrad;

namespace {

const nlohmann::json& reference() {
  static const auto json =
      nlohmann::json::parse(std::ifstream(BRICKGRAD_TEST_DATA "/tutorial_step.json"));
  return json;
}

Tensor matrix(const char* name) {
  const auto rows = reference().at(name).get<std::vector<std::vector<double>>>();
  std::vector<double> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  return Tensor::from(
      all, {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size())});
}

void check(const char* name, const Tensor& got) {
  INFO(name);
  const Tensor wanted = matrix(name);
  REQUIRE(got.shape() == wanted.shape());
  const auto a = got.to_vector(), b = wanted.to_vector();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK_THAT(a[i], WithinAbs(b[i], 1e-12));
}

struct Forward {
  Value z1, h1, z2, h2, loss;
  Forward(const Value& w1, const Value& w2)
      : z1(matmul(matrix("x"), w1)),
        h1(sigmoid(z1)),
        z2(matmul(h1, w2)),
        h2(sigmoid(z2)),
        loss(sum(square(matrix("y") - h2)) / 2.0) {}
};

/// The derivative of each element of sigmoid(z) to its own element of z.
Tensor local_derivative(const Value& h, const Value& z) { return grad(sum(h), z).data(); }

}  // namespace

TEST_CASE("the tutorial's step, forward and backward") {
  const Value w1{matrix("w1")}, w2{matrix("w2")};
  const Forward f(w1, w2);
  check("z1", f.z1.data());
  check("h1", f.h1.data());
  check("z2", f.z2.data());
  check("h2", f.h2.data());
  check("softmax_h2", softmax(f.h2).data());
  CHECK_THAT(f.loss.item(), WithinAbs(reference().at("loss").get<double>(), 1e-12));

  check("dh2_dz2", local_derivative(f.h2, f.z2));
  check("dh1_dz1", local_derivative(f.h1, f.z1));

  f.loss.backward({.retain_grad = true});
  check("dL_dh2", f.h2.grad());
  check("dL_dz2", f.z2.grad());
  check("dL_dw2", w2.grad());
  check("dL_dh1", f.h1.grad());
  check("dL_dw1", w1.grad());

  // The brick rule: the derivative at a brick's input is that at its output times its own.
  check("dL_dz2", matrix("dL_dh2") * matrix("dh2_dz2"));
  check("dL_dw2", matmul(transpose(matrix("h1")), matrix("dL_dz2")));

  constexpr double rate = 0.001;
  w1.sub_(w1.grad(), rate);
  w2.sub_(w2.grad(), rate);
  check("w1_next", w1.data());
  check("w2_next", w2.data());
  CHECK_THAT(Forward(w1, w2).loss.item(),
             WithinAbs(reference().at("loss_next").get<double>(), 1e-12));
}
