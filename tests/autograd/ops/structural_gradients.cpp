// Every structural op against central differences, at the samples it gives. A new op adds nothing
// here.
#include <tests/autograd/compare.hpp>
#include <tests/autograd/ops/registry.hpp>

using namespace brickgrad;

namespace {

using Values = std::vector<Value>;
using OfValues = std::function<Value(const Values&)>;

OfValues first_derivatives(const OfValues& fn) {
  return [fn](const Values& x) {
    const Value y = fn(x);
    const Value total = sum(square(y) * (Tensor::rand(y.shape(), 5) + 0.5));
    Value out = 0.0;
    std::uint64_t seed = 6;
    for (const Value& g : grad(total, x, {.create_graph = true}))
      out = out + sum(g * (Tensor::rand(g.shape(), seed++) + 0.5));
    return out;
  };
}

void check(const std::string& name, const OfValues& fn, const std::vector<Tensor>& inputs) {
  const GradCheck first = gradcheck(fn, inputs);
  INFO(name << ": " << first.report);
  CHECK(first.ok);
  const GradCheck second =
      gradcheck(first_derivatives(fn), inputs, {.step = 1e-5, .absolute = 1e-5, .relative = 1e-5});
  INFO("second order: " << second.report);
  CHECK(second.ok);
}

}  // namespace

TEST_CASE("structural gradients", "[ops]") {
  for (const auto& op : structural_cases()) check(op.name, op.of_values, samples(op));
}

TEST_CASE("structural gradients through views", "[ops]") {
  for (const auto& op : structural_cases()) {
    std::vector<Tensor> flipped, wide;
    for (const Tensor& t : samples(op)) {
      flipped.push_back(transpose(t, reversed(t.rank())).clone());
      Dims d = t.shape();
      d[d.rank() - 1] = 2 * d[d.rank() - 1] + 1;
      wide.push_back(Tensor::randn(Shape(d), 77));
    }
    const OfValues of_transposed = [&op](const Values& x) {
      Values seen;
      for (const Value& v : x) seen.push_back(transpose(v, reversed(v.rank())));
      return op.of_values(seen);
    };
    const OfValues of_slices = [&op](const Values& x) {
      Values seen;
      for (const Value& v : x) seen.push_back(slice(v, -1, 1, v.size(-1), 2));
      return op.of_values(seen);
    };
    check(op.name + " transposed", of_transposed, flipped);
    check(op.name + " sliced", of_slices, wide);
  }
}

TEST_CASE("structural gradients are the same on tensors and recorded", "[ops]") {
  // What a backward pass computes at once against the texts that derivatives of it go through.
  for (const auto& op : structural_cases())
    for (const DType dtype : {float64, float32}) {
      CAPTURE(op.name, dtype_name(dtype));
      const std::vector<Value> x = leaves(samples(op, dtype));
      const Value y = op.of_values(x);
      const Tensor seed = Tensor::randn(y.shape(), 9, y.dtype());
      const std::vector<Value> recorded = grad(y, x, constant(seed));
      y.backward(seed);
      for (std::size_t i = 0; i < x.size(); ++i)
        CHECK(distance(x[i].grad(), recorded[i].data()) < (dtype == float64 ? 1e-12 : 1e-4));
    }
}

TEST_CASE("a gradient not wanted is not computed, the others stay", "[ops]") {
  const auto check_each = [](const std::string& name, const auto& of_values, const auto& inputs) {
    const Values all = leaves(inputs);
    const Value y = of_values(all);
    const Tensor seed = Tensor::rand(y.shape(), 3) + 0.5;
    y.backward(seed);
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      Values one;
      for (const Tensor& t : inputs) one.push_back(constant(t));
      one[k] = Value(inputs[k].clone());
      of_values(one).backward(seed);
      INFO(name << ", input " << k);
      CHECK(distance(one[k].grad(), all[k].grad()) < 1e-15);
      for (std::size_t j = 0; j < inputs.size(); ++j)
        if (j != k) CHECK_FALSE(one[j].has_grad());
    }
  };
  for (const auto& op : structural_cases()) check_each(op.name, op.of_values, samples(op));
  for (const auto& op : elementwise_cases())
    for (const Shape& shape : {Shape{}, Shape{3, 4}})
      check_each(op.name, op.of_values, samples(op, {shape, shape, shape}));
}
