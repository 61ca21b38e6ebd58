// The initialisers of a program compute too, whatever the order in which objects are linked.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

const Tensor early = exp(Tensor::zeros({3})) + 1.0;
const Value leaf{Tensor::from({1., 2.})};
const Value result = sum(tanh(leaf) * leaf);

}  // namespace

TEST_CASE("ops work before main", "[graph]") {
  CHECK(identical(early, Tensor::full({3}, 2)));
  CHECK(result.item() == Approx(std::tanh(1) + 2 * std::tanh(2)));
  result.backward();
  CHECK(leaf.grad()(0) == Approx(std::tanh(1) + 1 - std::tanh(1) * std::tanh(1)));
}
