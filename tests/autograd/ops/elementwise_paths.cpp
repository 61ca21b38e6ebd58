// Numbers, arrays, tensors and both element types run different code; the results are the same.
#include <tests/autograd/compare.hpp>
#include <tests/autograd/ops/registry.hpp>

using namespace brickgrad;

namespace {

// A vector function may be 4 ULP off, and a formula calls a few of them.
constexpr double tolerance = 1e-13;

std::vector<std::int64_t> sizes() { return {1, 2, 3, 4, 7, 8, 15, 16, 17, 33, 1003}; }

}  // namespace

TEST_CASE("arrays and numbers have the same values and gradients", "[ops]") {
  for (const auto& op : elementwise_cases())
    for (const std::int64_t n : sizes()) {
      const auto inputs = samples(op, {{n}});
      const auto x = leaves(inputs);
      const Value y = op.of_values(x);
      const Tensor seed = Tensor::rand({n}, 9) + 0.5;
      y.backward(seed);

      std::vector<Tensor> gradients(x.size(), Tensor::zeros({n}));
      for (auto& g : gradients) g = Tensor::zeros({n});
      Tensor value = Tensor::zeros({n}), formula = Tensor::zeros({n});
      for (std::int64_t i = 0; i < n; ++i) {
        std::vector<Value> numbers;
        std::vector<double> plain;
        for (const Tensor& t : inputs) {
          numbers.emplace_back(t(i));
          plain.push_back(t(i));
        }
        const Value one = op.of_values(numbers);
        one.backward(Tensor(seed(i)));
        value.set({i}, one.item());
        formula.set({i}, op.of_numbers(plain));
        for (std::size_t k = 0; k < x.size(); ++k) gradients[k].set({i}, numbers[k].grad().item());
      }
      INFO(op.name << " of " << n << " elements");
      CHECK(distance(value, formula) < tolerance);
      CHECK(distance(y.data(), value) < tolerance);
      for (std::size_t k = 0; k < x.size(); ++k)
        CHECK(distance(x[k].grad(), gradients[k]) < tolerance);
    }
}

TEST_CASE("tensors and values have the same numbers", "[ops]") {
  for (const auto& op : elementwise_cases())
    for (const DType dtype : {float64, float32})
      for (const Shape& shape : {Shape{}, Shape{33}, Shape{3, 5}, Shape{0, 4}}) {
        const auto inputs = samples(op, {shape}, dtype);
        INFO(op.name << " " << to_string(shape) << " " << dtype_name(dtype));
        const Tensor of_values = op.of_values(leaves(inputs)).data(), plain = op.of_tensors(inputs);
        // A number goes through the scalar library, an array through the vector one.
        CHECK(distance(of_values, plain) < (shape.rank() ? 1e-300 : tolerance));
        CHECK(of_values.dtype() == dtype);
        CHECK(plain.dtype() == dtype);
      }
}

TEST_CASE("float32 gradients follow the float64 ones", "[ops]") {
  const auto check = [](const std::string& name, const auto& of_values, const auto& narrow) {
    std::vector<Value> x32, x64;
    for (const Tensor& t : narrow) {
      x32.emplace_back(t.clone());
      x64.emplace_back(t.to(float64));
    }
    const Value y32 = of_values(x32), y64 = of_values(x64);
    const Tensor seed = Tensor::rand(y64.shape(), 11, float32) + 0.5;
    y32.backward(seed.to(y32.dtype()));
    y64.backward(seed.to(float64));
    INFO(name << " " << to_string(y64.shape()));
    CHECK(distance(y32.data(), y64.data()) < 4e-6);
    for (std::size_t k = 0; k < x32.size(); ++k) {
      CHECK(x32[k].grad().dtype() == float32);
      CHECK(distance(x32[k].grad(), x64[k].grad()) < 2e-5);
    }
  };
  for (const auto& op : elementwise_cases())
    for (const std::vector<Shape>& shapes :
         {std::vector<Shape>{{}}, {{1}}, {{33}}, {{1003}}, {{5, 7}, {7}}, {{5, 1}, {1, 7}}})
      check(op.name, op.of_values, samples(op, shapes, float32));
  for (const auto& op : structural_cases()) check(op.name, op.of_values, samples(op, float32));
}

TEST_CASE("second-order gradients of float32 are float32", "[ops]") {
  for (const auto& op : elementwise_cases()) {
    const auto x = leaves(samples(op, {{5}}, float32));
    const auto wide = leaves(samples(op, {{5}}, float32));
    std::vector<Value> x64;
    for (const Value& v : wide) x64.emplace_back(v.data().to(float64));
    const auto second = [&op](const std::vector<Value>& v) {
      const Value g = grad(sum(op.of_values(v)), v.back(), {.create_graph = true});
      return grad(sum(g * g), v.back());
    };
    const Value narrow = second(x), reference = second(x64);
    INFO(op.name);
    CHECK(narrow.dtype() == float32);
    CHECK(distance(narrow.data(), reference.data()) < 1e-4);
  }
}

TEST_CASE("large broadcast operands collect their gradients", "[ops]") {
  // Larger than the blocks in which operands are gathered.
  const std::int64_t rows = 37, columns = 129;
  for (const auto& op : elementwise_cases()) {
    if (op.arity < 2) continue;
    const auto inputs = samples(op, {{rows, columns}, {columns}, {rows, 1}});
    const auto x = leaves(inputs);
    const Value y = op.of_values(x);
    const Tensor seed = Tensor::rand(y.shape(), 13);
    y.backward(seed);
    // The same with every operand written out in full.
    std::vector<Value> full;
    for (const Tensor& t : inputs) full.emplace_back(broadcast_to(t, {rows, columns}).clone());
    const Value z = op.of_values(full);
    z.backward(seed);
    INFO(op.name);
    CHECK(distance(y.data(), z.data()) < tolerance);
    CHECK(distance(x[0].grad(), full[0].grad()) < tolerance);
    CHECK(distance(x[1].grad(), sum(full[1].grad(), 0)) < tolerance);
    if (op.arity > 2) CHECK(distance(x[2].grad(), sum(full[2].grad(), 1, true)) < tolerance);
  }
}
