// Jacobians, Hessians and their products against values worked out by hand.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

Value polar(const Value& p) {
  return concat({reshape(p[0] * cos(p[1]), {1}), reshape(p[0] * sin(p[1]), {1})});
}

/// A function of some curvature from R^(2,3) to R^4.
Value bent(const Value& x) {
  const Tensor a = Tensor::randn({3, 2}, 5);
  return reshape(tanh(matmul(x, a)) * exp(0.1 * matmul(x, a)), {4});
}

double dot(const Tensor& a, const Tensor& b) { return sum(a * b).item(); }

}  // namespace

TEST_CASE("jacobian of polar coordinates", "[transform]") {
  const double r = 2, phi = 0.3;
  const Tensor J = jacobian(polar, Tensor::from({r, phi}));
  CHECK(distance(J, Tensor::from({{std::cos(phi), -r * std::sin(phi)},
                                  {std::sin(phi), r * std::cos(phi)}})) < 1e-15);
}

TEST_CASE("the shape of a jacobian is that of the output and that of the input", "[transform]") {
  CHECK(jacobian(bent, Tensor::randn({2, 3}, 1)).shape() == Shape{4, 2, 3});
  CHECK(jacobian([](const Value& x) { return sum(x); }, Tensor::ones({3})).shape() == Shape{3});
  CHECK(jacobian([](const Value& x) { return x * x; }, Tensor(3.0)).item() == 6);
  CHECK(jacobian([](const Value&) { return constant(Tensor::ones({2})); }, Tensor::ones({3}))
            .shape() == Shape{2, 3});
  CHECK(jacobian([](const Value& x) { return x * 2.0; }, Tensor::ones({2}, float32)).dtype() ==
        float32);
  CHECK(jacobian([](const Value& x) { return x * 2.0; }, Tensor::zeros({0})).shape() ==
        Shape{0, 0});
}

TEST_CASE("hessian of a quadratic form", "[transform]") {
  const Tensor A = Tensor::randn({3, 3}, 2);
  const Tensor H =
      hessian([&A](const Value& x) { return sum(x * matmul(A, x)); }, Tensor::randn({3}, 3));
  CHECK(distance(H, A + transpose(A)) < 1e-14);
  const Tensor linear = hessian([](const Value& x) { return sum(x) * 3.0; }, Tensor::ones({2}));
  CHECK(identical(linear, Tensor::zeros({2, 2})));
}

TEST_CASE("hessians are symmetric", "[transform]") {
  const auto fn = [](const Value& x) {
    return logsumexp(bent(x)) + sum(softmax(x, 1) * square(x)) + mean(sigmoid(x) / (1.5 + sin(x)));
  };
  const Tensor x = Tensor::randn({2, 3}, 6);
  const Tensor H = reshape(hessian(fn, x), {6, 6});
  CHECK(distance(H, transpose(H)) < 1e-14);

  const Tensor v = Tensor::randn({2, 3}, 7);
  CHECK(distance(reshape(hvp(fn, x, v), {6}), matmul(H, reshape(v, {6}))) < 1e-14);
}

TEST_CASE("forward and reverse products are adjoint", "[transform]") {
  const Tensor x = Tensor::randn({2, 3}, 1), v = Tensor::randn({2, 3}, 2),
               u = Tensor::randn({4}, 3);
  const auto [y, Jv] = jvp(bent, x, v);
  const auto [same, pull] = vjp(bent, x);
  const Tensor Jtu = pull(u);
  CHECK(identical(y, same));
  CHECK_THAT(dot(u, Jv), WithinRel(dot(Jtu, v), 1e-13));
  const Tensor J = jacobian(bent, x);
  CHECK(distance(Jv, matmul(reshape(J, {4, 6}), reshape(v, {6}))) < 1e-14);
  CHECK(distance(reshape(Jtu, {6}), matmul(u, reshape(J, {4, 6}))) < 1e-14);
  CHECK(identical(pull(u), Jtu));
}

TEST_CASE("value_and_grad", "[transform]") {
  const Value w{Tensor::from({1., -2.})};
  const auto [value, g] = value_and_grad([](const Value& p) { return sum(square(p)); }, w);
  CHECK(value.item() == 5);
  CHECK(identical(g, Tensor::from({2., -4.})));
  CHECK_FALSE(w.has_grad());
}

TEST_CASE("transforms nest", "[transform]") {
  // The Laplacian of x²y + y³ is 2y + 6y, and its gradient (0, 8).
  const auto f = [](const Value& p) { return p[0] * p[0] * p[1] + p[1] * p[1] * p[1]; };
  const auto laplacian = [&f](const Value& p) {
    const Value g = grad(f(p), p, {.create_graph = true});
    Value total = 0.0;
    for (std::int64_t i = 0; i < 2; ++i) total += grad(g[i], p, {.create_graph = true})[i];
    return total;
  };
  const auto [value, g] = value_and_grad(laplacian, Tensor::from({3., 5.}));
  CHECK(value.item() == 40);
  CHECK(identical(g, Tensor::from({0., 8.})));
}

TEST_CASE("transforms say what they want", "[transform]") {
  const auto same = [](const Value& x) { return x * 1.0; };
  const Tensor x = Tensor::ones({2});
  CHECK(message_of([&] { hessian(same, x); }) ==
        "hessian: the function returned shape (2,); it must return a scalar");
  CHECK(message_of([&] { hvp(same, x, x); }) ==
        "hvp: the function returned shape (2,); it must return a scalar");
  CHECK(message_of([&] { hvp(same, x, Tensor::ones({3})); }) ==
        "hvp: the vector has shape (3,), the point (2,); they must be the same");
  CHECK(message_of([&] { jvp(same, x, Tensor::ones({3})); }) ==
        "jvp: the direction has shape (3,), the point (2,); they must be the same");
  CHECK(message_of([&] { vjp(same, x).second(Tensor::ones({3})); }) ==
        "grad: the seed has shape (3,), the value (2,); they must be the same");
  CHECK(message_of([&] { value_and_grad(same, x); }) ==
        "grad: the value has shape (2,), not (); reduce it with sum() or mean(), or pass a seed");
}
