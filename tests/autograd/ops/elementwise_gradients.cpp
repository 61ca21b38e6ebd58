// Every elementwise op against central differences, orders one and two. Adding an op adds nothing
// here.
#include <tests/autograd/compare.hpp>
#include <tests/autograd/ops/registry.hpp>

using namespace brickgrad;

namespace {

using Values = std::vector<Value>;

/// A fixed combination of the first derivatives of fn, to be differentiated again.
template <class F>
auto first_derivatives(const F& fn) {
  return [fn](const Values& x) {
    const Value y = fn(x);
    const Value total = sum(y * (Tensor::rand(y.shape(), 5) + 0.5));
    Value out = 0.0;
    std::uint64_t seed = 6;
    for (const Value& g : grad(total, x, {.create_graph = true}))
      out = out + sum(g * (Tensor::rand(g.shape(), seed++) + 0.5));
    return out;
  };
}

template <class F>
void check(const ElementwiseCase& op, const std::string& what, const F& fn,
           const std::vector<Tensor>& inputs) {
  const GradCheck first = gradcheck(fn, inputs);
  INFO(op.name << ", " << what << ": " << first.report);
  CHECK(first.ok);
  const GradCheck second =
      gradcheck(first_derivatives(fn), inputs, {.step = 1e-5, .absolute = 1e-6, .relative = 1e-5});
  INFO("second order: " << second.report);
  CHECK(second.ok);
}

}  // namespace

TEST_CASE("elementwise gradients of every shape", "[ops]") {
  for (const auto& op : elementwise_cases())
    for (const Shape& shape :
         {Shape{}, Shape{1}, Shape{7}, Shape{2, 3}, Shape{2, 1, 3}, Shape{0}, Shape{2, 0}})
      check(op, to_string(shape), op.of_values, samples(op, {shape}));
}

TEST_CASE("elementwise gradients with broadcasting", "[ops]") {
  const std::vector<std::vector<Shape>> all = {
      {{2, 3}, {3}},         {{3}, {2, 3}},        {{2, 3}, {2, 1}},
      {{2, 1}, {2, 3}},      {{2, 3}, {}},         {{}, {2, 3}},
      {{2, 1}, {1, 3}},      {{3, 1, 2}, {2, 1}},  {{1}, {4}},
      {{1, 1}, {}},          {{0, 3}, {3}},        {{1, 1}, {0, 3}},
      {{2, 3}, {3}, {2, 1}}, {{}, {2, 1}, {1, 3}}, {{3}, {}, {2, 3}},
  };
  for (const auto& op : elementwise_cases())
    if (op.arity > 1)
      for (const auto& shapes : all)
        check(op, to_string(shapes[0]) + " with " + to_string(shapes[1]), op.of_values,
              samples(op, shapes));
}

TEST_CASE("elementwise gradients through views", "[ops]") {
  const auto transposed = [](const Value& x) { return transpose(x, reversed(x.rank())); };
  const auto sliced = [](const Value& x) { return slice(x, -1, 1, 6, 2); };
  const auto column = [](const Value& x) { return transpose(x)[1]; };
  for (const auto& op : elementwise_cases()) {
    const auto through = [&op](auto view) {
      return [&op, view](const Values& x) {
        Values seen;
        for (const Value& v : x) seen.push_back(view(v));
        return op.of_values(seen);
      };
    };
    check(op, "transposed", through(transposed), samples(op, {{3, 2}}));
    check(op, "sliced", through(sliced), samples(op, {{2, 6}}));
    check(op, "a column", through(column), samples(op, {{3, 2}}));
    if (op.arity == 1) continue;
    const auto mixed = [&op, transposed](const Values& x) {
      Values seen = x;
      seen[1] = transposed(x[1]);
      return op.of_values(seen);
    };
    check(op, "one transposed", mixed, samples(op, {{2, 3}, {3, 2}, {2, 3}}));
  }
}

TEST_CASE("elementwise gradients with a number as an operand", "[ops]") {
  for (const auto& op : elementwise_cases()) {
    if (op.arity != 2) continue;
    const double a = op.domain[0].low + 0.7 * (op.domain[0].high - op.domain[0].low);
    const double b = op.domain[1].low + 0.7 * (op.domain[1].high - op.domain[1].low);
    for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 2}}) {
      const auto x = samples(op, {shape});
      check(op, "number first", [&](const Values& v) { return op.number_first(a, v[0]); }, {x[1]});
      check(op, "number second", [&](const Values& v) { return op.number_second(v[0], b); },
            {x[0]});
      CHECK(distance(op.number_first(a, Value(x[1])).data(), op.tensor_number_first(a, x[1])) <
            1e-14);
      CHECK(distance(op.number_second(Value(x[0]), b).data(), op.tensor_number_second(x[0], b)) <
            1e-14);
    }
  }
}

TEST_CASE("elementwise gradients with one value as all operands", "[ops]") {
  for (const auto& op : elementwise_cases()) {
    if (op.arity == 1) continue;
    const auto same = [&op](const Values& x) {
      return op.of_values(Values(static_cast<std::size_t>(op.arity), x[0]));
    };
    for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 3}}) {
      const Tensor t = sample(op.domain[0], shape, 3);
      const GradCheck r = gradcheck(same, {t});
      INFO(op.name << ": " << r.report);
      CHECK(r.ok);
    }
  }
}
