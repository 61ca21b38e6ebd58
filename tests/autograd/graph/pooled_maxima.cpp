// What the windows of a pooling take of a layer in blocks, and what they leave out, beside the same
// with the gradients of all values kept, which then are computed one after the other.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("infinities where no window looks are alike in all images, kept or not", "[graph]") {
  // The convolution has 27 rows and columns, of which the last ones belong to no window.
  const std::int64_t images = 41;
  const auto run = [](std::int64_t image, bool in_kernels, std::int64_t stride, bool retain) {
    const std::int64_t size = stride * 26 + 3;
    Tensor pixels = Tensor::ones({images, 2, size, size}), weights = Tensor::randn({4, 2, 3, 3}, 2);
    if (in_kernels)
      weights.set({0, 0, 0, 0}, infinity);
    else
      pixels.set({image, 1, size - 1, size - 1}, infinity);
    const Value x = pixels, w = weights, b = Tensor::ones({4}), v = Tensor::randn({2, 4, 1, 1}, 3);
    const Value y =
        conv2d(max_pool2d(tanh(conv2d(x, w, b, {stride, 0})), 2), v, Tensor::zeros({2}));
    mean(y).backward({.retain_grad = retain});
    return std::vector{to_string(y.data()[image]), to_string(x.grad()[image]), to_string(w.grad()),
                       to_string(b.grad()), to_string(v.grad())};
  };
  for (const bool in_kernels : {false, true})
    for (const std::int64_t stride : {1, 2}) {
      INFO("in kernels: " << in_kernels << ", stride " << stride);
      const auto wanted = run(0, in_kernels, stride, true);
      CHECK(run(0, in_kernels, stride, false) == wanted);
      CHECK(run(40, in_kernels, stride, true) == wanted);
      CHECK(run(40, in_kernels, stride, false) == wanted);
    }
}

TEST_CASE("the first of equal maxima takes the gradient, below functions too", "[graph]") {
  // Few different numbers and a kernel of one: many maxima are equal, some 0 and some NaN.
  const bool with_nan = GENERATE(false, true);
  const auto run = [with_nan](const auto& f, bool retain) {
    std::vector<double> values(43 * 31 * 30);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = with_nan && i % 97 == 5 ? quiet_nan : static_cast<double>(i * 7919 / 3 % 5) - 3;
    const Value x = Tensor::from(values, {43, 1, 31, 30});
    const Value w = Tensor::ones({2, 1, 1, 1}), b = Tensor::zeros({2});
    const Value y = max_pool2d(f(conv2d(x, w, b)), 2);
    const Value loss = sum(y * Tensor::randn(y.shape(), 1));
    loss.backward({.retain_grad = retain});
    return std::vector{x.grad(), b.grad(), y.data()};
  };
  const auto check = [&](const auto& f) {
    const auto expected = run(f, true), got = run(f, false);
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(distance(got[i], expected[i]) < 1e-12);
  };
  check([](const Value& h) { return relu(h); });
  check([](const Value& h) { return tanh(h); });
  check([](const Value& h) { return gelu(h); });
  check([](const Value& h) { return leaky_relu(relu(h), 0.1); });
  check([](const Value& h) { return relu(leaky_relu(h, 0.1)); });
  check([](const Value& h) { return max_pool2d(relu(h), 2); });
  check([](const Value& h) { return relu(max_pool2d(tanh(h), 2)); });
  check([](const Value& h) { return max_pool2d(h, 1); });
  check([](const Value& h) { return h; });
}
