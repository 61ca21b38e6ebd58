// Ops on images take blocks of a batch through several layers at once. That must not be seen: the
// reference keeps the gradients of all values, which then are computed one after the other.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

struct Net {
  Value x, w1, b1, w2, b2;
  explicit Net(DType dtype)
      : x(Tensor::randn({23, 2, 31, 29}, 1, dtype)),
        w1(Tensor::randn({9, 2, 3, 3}, 2, dtype) * 0.3),
        b1(Tensor::randn({9}, 3, dtype)),
        w2(Tensor::randn({5, 9, 3, 2}, 4, dtype) * 0.1),
        b2(Tensor::randn({5}, 5, dtype)) {}
  std::vector<Value> leaves() const { return {x, w1, b1, w2, b2}; }
};

template <class F>
std::vector<Tensor> gradients(DType dtype, F f, bool retain) {
  const Net net(dtype);
  Value loss = f(net);
  loss.backward({.retain_grad = retain});
  std::vector<Tensor> out{loss.data()};
  for (const Value& v : net.leaves()) out.push_back(v.grad());
  return out;
}

template <class F>
void check_same(F f) {
  const int threads = num_threads();
  for (const DType dtype : {float64, float32}) {
    set_num_threads(3);
    const auto expected = gradients(dtype, f, true), got = gradients(dtype, f, false);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      INFO(dtype_name(dtype) << ", " << i);
      CHECK(distance(got[i], expected[i]) < (dtype == float64 ? 1e-12 : 1e-3));
    }
    set_num_threads(1);
    const auto alone = gradients(dtype, f, false);
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(identical(got[i], alone[i]));
  }
  set_num_threads(threads);
}

}  // namespace

TEST_CASE("layers of images in blocks", "[graph]") {
  check_same([](const Net& n) {
    Value y = max_pool2d(relu(conv2d(n.x, n.w1, n.b1)), 2);
    return mean(square(max_pool2d(tanh(conv2d(std::move(y), n.w2, n.b2, {2, 1})), 3)));
  });
}

TEST_CASE("layers of images in blocks whose values are used elsewhere", "[graph]") {
  check_same([](const Net& n) {
    const Value h = conv2d(n.x, n.w1, n.b1, {1, 1}), r = relu(h);
    const Value pooled = max_pool2d(r, 2);
    return mean(square(pooled)) + mean(r * h) + mean(conv2d(sigmoid(r), n.w2, n.b2));
  });
  check_same([](const Net& n) {
    Value y = max_pool2d(leaky_relu(exp(-relu(conv2d(n.x, n.w1, n.b1) + 1.0))), 2);
    return sum(conv2d(y, n.w2, n.b2)) / 1000.0 + mean(y);
  });
}

TEST_CASE("a layer that blocks of images passed through has its value when asked for", "[graph]") {
  const Net n(float32);
  const Value h = conv2d(n.x, n.w1, n.b1), r = relu(h), y = max_pool2d(r, 2);
  CHECK(identical(y.data(), max_pool2d(relu(h.data()), 2)));
  CHECK(identical(r.data(), relu(h.data())));
}

TEST_CASE("errors about blocks of images speak of the whole", "[graph]") {
  const Net n(float32);
  CHECK(message_of([&] { conv2d(relu(conv2d(n.x, n.w1, n.b1)), n.w1, n.b1); }) ==
        "conv2d: images of shape (23, 9, 29, 27) have 9 channels, kernels of shape (9, 2, 3, 3) "
        "want 2");
  Value w = n.w1, loss = sum(max_pool2d(relu(conv2d(n.x, w, n.b1)), 2));
  w.fill_(1);
  CHECK(message_of([&] { loss.backward(); }) ==
        "backward: the derivative of conv2d needs its input 1 (a leaf), but fill_ changed it in "
        "place after it was recorded; run backward() before the change, or compute conv2d again "
        "after it");
}
