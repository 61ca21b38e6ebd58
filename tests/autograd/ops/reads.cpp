// What an op says that its derivative reads. Whatever it does not read may be overwritten before
// backward(); whatever it reads may not.
#include <tests/autograd/compare.hpp>
#include <tests/autograd/ops/registry.hpp>

using namespace brickgrad;

namespace {

using Values = std::vector<Value>;

/// The op with a gradient for input k alone: the others are constants.
struct OneGradient {
  Values x;
  Value y;
  Tensor seed;
  OneGradient(const auto& op, const std::vector<Tensor>& inputs, std::size_t k) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      x.push_back(i == k ? Value(inputs[i].clone()) : constant(inputs[i].clone()));
    y = op.of_values(x);
    seed = Tensor::rand(y.shape(), 3) + 0.5;
  }
};

/// Overwrites the result, or input i, in place; false where that is refused, in a broadcast view.
bool overwrite(const OneGradient& g, int which, double value) {
  Tensor t = which < 0 ? g.y.data() : g.x[static_cast<std::size_t>(which)].data();
  for (int i = 0; i < t.rank(); ++i)
    if (t.strides()[i] == 0 && t.size(i) > 1) return false;
  t.fill_(value);
  return true;
}

void check(const auto& op, const std::string& op_name, const std::vector<Tensor>& inputs) {
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const OneGradient clean(op, inputs, k);
    clean.y.backward(clean.seed);
    for (int which = -1; which < static_cast<int>(inputs.size()); ++which) {
      INFO(op.name << " " << to_string(inputs[0].shape()) << ", gradient " << k << ", overwritten: "
                   << (which < 0 ? "the result" : "input " + std::to_string(which)));
      const Reads bit = which < 0 ? reads_result : reads_input(which);
      const OneGradient changed(op, inputs, k);
      if (op.reads[k] & bit) {
        REQUIRE(overwrite(changed, which, 0.75));
        const std::string message = message_of([&] { changed.y.backward(changed.seed); });
        CHECK_THAT(message, contains("backward: the derivative of " + op_name + " needs "));
        CHECK_THAT(message, contains("but fill_ changed it in place"));
        CHECK_THAT(message_of([&] { grad(changed.y, {changed.x[k]}, constant(changed.seed)); }),
                   contains("fill_ changed it in place"));
      } else {
        if (!overwrite(changed, which, quiet_nan)) continue;
        changed.y.backward(changed.seed);
        CHECK(distance(changed.x[k].grad(), clean.x[k].grad()) < 1e-14);
      }
    }
  }
}

}  // namespace

TEST_CASE("derivatives read what their formulas say, and nothing else", "[ops]") {
  for (const auto& op : elementwise_cases())
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{33, 40}})
      check(op, op.name, samples(op, {shape}));
}

TEST_CASE("pullbacks read what they declare, and nothing else", "[ops]") {
  for (const auto& op : structural_cases()) check(op, op.op, samples(op));
}
