// The gradients of a layer's weights and bias, which one pass may give together, against those of
// a product and an addition.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

struct Layer {
  Value x, w, b;
  Layer(std::int64_t rows, std::int64_t inputs, std::int64_t outputs, DType dtype)
      : x(Tensor::randn({rows, inputs}, 1, dtype)),
        w(Tensor::randn({inputs, outputs}, 2, dtype)),
        b(Tensor::randn({outputs}, 3, dtype)) {}
};

}  // namespace

TEST_CASE("a layer's gradients are those of its product and its sum", "[ops]") {
  for (const DType dtype : {float64, float32})
    for (const std::int64_t rows : {1, 2, 3, 7, 8, 9, 16, 50, 127, 128, 129, 300})
      for (const std::int64_t inputs : {1, 2, 3, 4, 5, 17})
        for (const std::int64_t outputs : {1, 2, 3, 4, 5}) {
          const Layer whole(rows, inputs, outputs, dtype), parts(rows, inputs, outputs, dtype);
          const Tensor seed = Tensor::randn({rows, outputs}, 4, dtype);
          const double most = dtype == float64 ? 1e-13 : 1e-4;
          INFO(rows << " rows, " << inputs << " to " << outputs << ", " << dtype_name(dtype));
          // The second time gradients are added to.
          for (int pass = 0; pass < 2; ++pass) {
            linear(whole.x, whole.w, whole.b).backward(seed);
            (matmul(parts.x, parts.w) + parts.b).backward(seed);
            CHECK(distance(whole.x.grad(), parts.x.grad()) < most);
            CHECK(distance(whole.w.grad(), parts.w.grad()) < most);
            CHECK(distance(whole.b.grad(), parts.b.grad()) < most);
          }
        }
}

TEST_CASE("a layer's gradients reach only what wants them", "[ops]") {
  const Tensor seed = Tensor::randn({50, 3}, 4);
  const Layer all(50, 2, 3, float64);
  linear(all.x, all.w, all.b).backward(seed);
  const Layer one(50, 2, 3, float64);
  linear(constant(one.x.data()), one.w, constant(one.b.data())).backward(seed);
  CHECK(identical(one.w.grad(), all.w.grad()));
  CHECK_FALSE(one.x.has_grad());
  CHECK_FALSE(one.b.has_grad());
  linear(constant(one.x.data()), constant(one.w.data()), one.b).backward(seed);
  CHECK(identical(one.b.grad(), all.b.grad()));
}

TEST_CASE("a layer's weights may be its inputs, its bias used twice, its rows a view", "[ops]") {
  const Tensor seed = Tensor::randn({3, 3}, 4), w = Tensor::randn({3, 3}, 5);
  const Value a{w}, b{Tensor::ones({3})}, c{w}, d{Tensor::ones({3})};
  sum(linear(linear(a, a, b), a, b) * seed).backward();
  sum((matmul(matmul(c, c) + d, c) + d) * seed).backward();
  CHECK(distance(a.grad(), c.grad()) < 1e-14);
  CHECK(distance(b.grad(), d.grad()) < 1e-14);

  const Tensor wide = Tensor::randn({20, 6}, 6);
  Layer whole(20, 2, 3, float64), parts(20, 2, 3, float64);
  const Tensor turned = transpose(Tensor::randn({3, 20}, 7));
  linear(constant(slice(wide, 1, 0, 6, 3)), whole.w, whole.b).backward(turned);
  (matmul(constant(slice(wide, 1, 0, 6, 3)), parts.w) + parts.b).backward(turned);
  CHECK(distance(whole.w.grad(), parts.w.grad()) < 1e-14);
  CHECK(distance(whole.b.grad(), parts.b.grad()) < 1e-14);
}

TEST_CASE("a layer's gradients are the same where its graph is run again", "[ops]") {
  for (const std::int64_t rows : {4, 50, 64, 200})
    for (const std::int64_t outputs : {1, 2, 3, 5}) {
      INFO(rows << " rows to " << outputs);
      const Layer plain(rows, 2, outputs, float64), again(rows, 2, outputs, float64);
      const auto loss = [](const Layer& l) { return mean(square(linear(l.x, l.w, l.b))); };
      auto step = compile([&] { return loss(again); });
      for (int pass = 0; pass < 4; ++pass) {
        for (const Layer* l : {&plain, &again}) {
          l->w.zero_grad();
          l->b.zero_grad();
        }
        loss(plain).backward();
        step().backward();
        CHECK(identical(again.w.grad(), plain.w.grad()));
        CHECK(identical(again.b.grad(), plain.b.grad()));
      }
    }
}
