#include <autograd/autograd.hpp>
#include <cmath>
#include <nn/nn.hpp>
#include <tests/catch.hpp>

using namespace brickgrad;

namespace {

double largest(const Value& v) { return max(abs(v.data())).item(); }
bool same(const Value& a, const Value& b) { return a.data().to_vector() == b.data().to_vector(); }

}  // namespace

TEST_CASE("initial numbers are pinned") {
  // The same on every platform: they come from the standard's engine and basic arithmetic alone.
  nn::manual_seed(0);
  nn::Linear layer(2, 3);
  const auto w = layer.weight().data().to_vector();
  const auto b = layer.bias().data().to_vector();
  const std::vector<double> pinned_w{0.59519287866035,    0.33937273565213544, -0.37558393873542767,
                                     0.41898124324842634, 0.1698366822565074,  0.1778571753588878},
      pinned_b{0.09425834497566177, 0.17421172520413686, 0.27689099077614066};
  CHECK(w == pinned_w);
  CHECK(b == pinned_b);
  Value v = Tensor::zeros({4});
  nn::init::normal_(v, 0, 1, 7);
  CHECK(v.data().to_vector() == Tensor::randn({4}, 7).to_vector());
}

TEST_CASE("the thread's sequence of seeds") {
  nn::manual_seed(5);
  nn::Linear a(2, 3), b(2, 3);
  CHECK_FALSE(same(a.weight(), b.weight()));
  nn::manual_seed(5);
  nn::Linear c(2, 3), d(2, 3);
  CHECK(same(a.weight(), c.weight()));
  CHECK(same(b.bias(), d.bias()));
  nn::manual_seed(6);
  CHECK_FALSE(same(a.weight(), nn::Linear(2, 3).weight()));
  // A layer with a seed of its own does not disturb the sequence.
  nn::manual_seed(5);
  nn::Linear own(2, 3, {.seed = 9});
  CHECK(same(a.weight(), nn::Linear(2, 3).weight()));
  CHECK(same(own.weight(), nn::Linear(2, 3, {.seed = 9}).weight()));
  // Weight and bias are not the same numbers.
  CHECK(nn::Linear(1, 1).weight().item() != nn::Linear(1, 1).bias().item());
}

TEST_CASE("the formulas of the initialisers") {
  Value w = Tensor::zeros({60, 40});
  auto deviation = [&] { return std::sqrt(mean(square(w.data())).item()); };
  nn::init::xavier_uniform_(w, 1, 1);
  CHECK(largest(w) <= std::sqrt(0.06));
  CHECK(largest(w) > 0.99 * std::sqrt(0.06));
  nn::init::xavier_normal_(w, 2, 1);
  CHECK(deviation() == Approx(2 * std::sqrt(0.02)).epsilon(0.03));
  nn::init::kaiming_uniform_(w, std::sqrt(2), 1);
  CHECK(largest(w) <= std::sqrt(0.1));
  CHECK(largest(w) > 0.99 * std::sqrt(0.1));
  nn::init::kaiming_normal_(w, 1, 1);
  CHECK(deviation() == Approx(1 / std::sqrt(60)).epsilon(0.03));
  nn::init::uniform_(w, 2, 3, 1);
  CHECK(min(w.data()).item() >= 2);
  CHECK(max(w.data()).item() < 3);
  nn::init::constant_(w, 4);
  CHECK(mean(w.data()).item() == 4);
  nn::init::zeros_(w);
  CHECK(largest(w) == 0);
  nn::init::ones_(w);
  CHECK(sum(w.data()).item() == 2400);
  // A default layer is within 1/sqrt(in).
  CHECK(largest(nn::Linear(100, 50).weight()) <= 0.1);
}

TEST_CASE("a layer with other initialisers") {
  nn::Linear layer(
      2, 3,
      {.dtype = float32,
       .init = [](const Value& w, std::uint64_t seed) { nn::init::uniform_(w, 5, 6, seed); },
       .bias_init = [](const Value& b, std::uint64_t) { nn::init::zeros_(b); }});
  CHECK(layer.weight().dtype() == float32);
  CHECK(min(layer.weight().data()).item() >= 5);
  CHECK(largest(layer.bias()) == 0);
}

TEST_CASE("what cannot be initialised") {
  Value v = Tensor::zeros({3});
  CHECK_THROWS_WITH(nn::init::xavier_uniform_(v),
                    contains("matrices (in, out), not for shape (3,)"));
  CHECK_THROWS_WITH(nn::init::uniform_(v, 1, 0), contains("no interval"));
  CHECK_THROWS_WITH(nn::init::normal_(v, 0, -1), contains("negative"));
}
