// Ops on images take blocks of a batch through several layers at once. That must not be seen: the
// reference keeps the gradients of all values, which then are computed one after the other.
#include <tests/autograd/compare.hpp>
#include <thread>

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

TEST_CASE("layers of images in lanes, and the rest of them", "[graph]") {
  // 16 images fill the lanes at most, 4 or 2 at least; of 23 some are left over.
  check_same([](const Net& n) {
    const Value y = max_pool2d(relu(conv2d(n.x, n.w1, n.b1)), 2);
    return mean(square(tanh(max_pool2d(relu(conv2d(tanh(y), n.w2, n.b2, {1, 2})), 2))));
  });
  // A stride and large windows leave the lanes on the way.
  check_same([](const Net& n) {
    const Value y = max_pool2d(relu(conv2d(n.x, n.w1, n.b1, {2, 1})), 2);
    return mean(square(max_pool2d(tanh(conv2d(y, n.w2, n.b2)), 3)));
  });
  check_same([](const Net& n) {
    const Value y = max_pool2d(relu(conv2d(n.x, n.w1, n.b1)), 2), z = conv2d(y, n.w2, n.b2);
    return mean(square(max_pool2d(z, 2))) + mean(y * y) + mean(sigmoid(y)) + mean(z);
  });
}

TEST_CASE("a pooled value in blocks is there for everybody", "[graph]") {
  const Net n(float32);
  const Tensor expected = max_pool2d(relu(conv2d(n.x.data(), n.w1.data(), n.b1.data())), 2).clone();
  Value w = n.w1;
  const Value y = max_pool2d(relu(conv2d(n.x, w, n.b1)), 2);
  const Value z = max_pool2d(relu(conv2d(y, n.w2, n.b2)), 2);
  const Value loss = mean(z);
  SECTION("before the backward pass") { CHECK(identical(y.data(), expected)); }
  SECTION("after it") {
    loss.backward();
    w.fill_(0.5);
    CHECK(identical(y.data(), expected));
    CHECK(y.data().is_contiguous());
  }
  SECTION("after a change of what it was made from") {
    w.fill_(0.5);
    CHECK(identical(y.data(), expected));
  }
  SECTION("when it was not asked for before") {
    const Value later = max_pool2d(relu(conv2d(n.x, w, n.b1)), 2);
    const Tensor now = max_pool2d(relu(conv2d(n.x.data(), w.data(), n.b1.data())), 2).clone();
    w.fill_(0.25);
    CHECK(identical(later.data(), now));
  }
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

TEST_CASE("a convolution that is put off is that of its inputs as they were", "[graph]") {
  for (const DType dtype : {float64, float32}) {
    const Net n(dtype);
    const Tensor expected = conv2d(n.x.data(), n.w1.data(), n.b1.data());
    Value x = n.x, w = n.w1, b = n.b1;
    const Value asked = conv2d(x, w, b);
    CHECK(identical(asked.data(), expected));
    for (Value* changed : {&x, &w, &b}) {
      const Value h = conv2d(x, w, b), r = relu(conv2d(x, w, b)), y = max_pool2d(r, 2);
      const Tensor before = conv2d(x.data(), w.data(), b.data());
      changed->fill_(0.5);
      CHECK(identical(h.data(), before));
      CHECK(identical(r.data(), relu(before)));
      CHECK(identical(y.data(), max_pool2d(relu(before), 2)));
    }
  }
}

TEST_CASE("values above and below a convolution that is put off can be used again", "[graph]") {
  // Whatever is asked for, in whatever order, is what it is when all is computed at once.
  const auto all = [](bool ask) {
    const Net n(float32);
    const Value h = conv2d(n.x, n.w1, n.b1), r = relu(h), t = tanh(conv2d(n.x, n.w1, n.b1));
    if (ask) static_cast<void>(h.data(), r.data(), t.data());
    const Value y = max_pool2d(r, 2), z = max_pool2d(t, 3), s = max_pool2d(exp(t), 2);
    const Value loss = mean(conv2d(y, n.w2, n.b2)) + mean(square(z)) + mean(s * y) + mean(h);
    loss.backward();
    std::vector<Tensor> out{loss.data(), y.data(), z.data(), h.data(), r.data(), t.data()};
    for (const Value& v : n.leaves()) out.push_back(v.grad());
    return out;
  };
  const auto expected = all(true), got = all(false);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO(i);
    CHECK(distance(got[i], expected[i]) < 1e-5);
  }
}

TEST_CASE("values that a backward pass over images leaves stay when the kernels change",
          "[graph]") {
  const Net n(float32);
  Value w = n.w1;
  const Value r = relu(conv2d(n.x, w, n.b1)), y = max_pool2d(r, 2);
  sum(y).backward();
  const Tensor before = relu(conv2d(n.x.data(), w.data(), n.b1.data()));
  w.fill_(0.5);
  CHECK(identical(r.data(), before));
  CHECK(identical(y.data(), max_pool2d(before, 2)));
}

TEST_CASE("the derivative of a convolution that was put off is there at every order", "[graph]") {
  const Net n(float64);
  const auto loss = [&](const Value& w) {
    return mean(square(max_pool2d(relu(conv2d(n.x, w, n.b1)), 2)));
  };
  const Value first = grad(loss(n.w1), n.w1, {.create_graph = true});
  Value w = n.w1;
  w.zero_grad();
  loss(w).backward();
  CHECK(distance(w.grad(), first.data()) < 1e-12);
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

TEST_CASE("a convolution of which gradients are kept keeps its value too", "[graph]") {
  const bool all = GENERATE(true, false);
  const Net n(float32);
  Value w = n.w1;
  Value y = conv2d(n.x, w, n.b1);
  if (!all) y.retain_grad();
  const Value loss = sum(max_pool2d(relu(y), 2));
  y = Value();
  loss.backward({.retain_grad = all});
  w.fill_(1);
  CHECK_THAT(to_dot(loss), !contains("value not kept"));
}

TEST_CASE("graphs of different threads wait without a look at each other", "[graph]") {
  const Tensor images = Tensor::randn({23, 2, 31, 29}, 1), large = Tensor::randn({100'000}, 2);
  const auto work = [&](std::uint64_t seed) {
    Value w{Tensor::randn({9, 2, 3, 3}, seed)}, v{Tensor::randn({100'000}, seed)};
    const Value b{Tensor::zeros({9})};
    std::vector<Tensor> out;
    for (int i = 0; i < 5; ++i) {
      const Value loss =
          mean(max_pool2d(relu(conv2d(constant(images), w, b)), 2)) + mean(tanh(v * large));
      w.zero_grad();
      v.zero_grad();
      loss.backward();
      w.sub_(w.grad());
      v.sub_(v.grad());
      out.push_back(loss.data().clone());
    }
    out.push_back(w.data().clone());
    return out;
  };
  std::vector<std::vector<Tensor>> got(3);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < got.size(); ++i)
    threads.emplace_back([&, i] { got[i] = work(i + 5); });
  for (std::thread& t : threads) t.join();
  for (std::size_t i = 0; i < got.size(); ++i) {
    const auto alone = work(i + 5);
    for (std::size_t k = 0; k < alone.size(); ++k) CHECK(identical(got[i][k], alone[k]));
  }
}

TEST_CASE("a convolution that is put off is there for any number of images", "[graph]") {
  const Value x = Tensor::randn({65536, 1, 4, 4}, 1, float32),
              w = Tensor::randn({1, 1, 3, 3}, 2, float32), b = Tensor::zeros({1}, float32);
  const Value y = conv2d(x, w, b);
  const Tensor few = conv2d(x.data(), w.data(), b.data());
  CHECK(distance(y.data(), few) == 0);
}

TEST_CASE("what is lost below pooling and activations is known above them", "[graph]") {
  const Value x = Tensor::randn({64, 2, 26, 26}, 1), w = Tensor::randn({8, 2, 3, 3}, 2),
              b = Tensor::zeros({8});
  Value loss = mean(square(max_pool2d(tanh(max_pool2d(relu(conv2d(x, w, b)), 2)), 1)));
  loss.backward();
  b.fill_(1);
  CHECK_NOTHROW(to_dot(loss));
}

TEST_CASE("infinite kernels treat the same images alike wherever they are", "[graph]") {
  const std::int64_t images = 41;
  const Tensor one = Tensor::randn({1, 2, 26, 26}, 1);
  const Value x = Tensor(one + Tensor::zeros({images, 1, 1, 1}));
  Tensor weights = Tensor::randn({4, 2, 3, 3}, 2);
  weights.set({0, 0, 0, 0}, std::numeric_limits<double>::infinity());
  const Value w = weights, b = Tensor::ones({4});
  const Value y = conv2d(max_pool2d(relu(conv2d(x, w, b, {.padding = 1})), 2),
                         Tensor::randn({2, 4, 1, 1}, 3), Tensor::zeros({2}));
  mean(y).backward();
  for (const Tensor& t : {y.data(), x.grad()})
    for (std::int64_t i = 1; i < images; ++i) CHECK(to_string(t[i]) == to_string(t[0]));
}

TEST_CASE("layers of images of every small size", "[graph]") {
  for (const std::int64_t height : {27, 28, 29, 30})
    for (const std::int64_t width : {27, 28, 29, 30})
      for (const std::int64_t padding : {0, 1}) {
        const auto run = [&](bool retain) {
          const Value x = Tensor::randn({21, 2, height, width}, 1);
          const Net n(float64);
          const ops::Conv2dOptions options{1, padding};
          const Value y = max_pool2d(relu(conv2d(x, n.w1, n.b1, options)), 2);
          const Value z = max_pool2d(leaky_relu(conv2d(y, n.w2, n.b2, options), 0.1), 2);
          mean(square(z)).backward({.retain_grad = retain});
          return std::vector{x.grad(), n.w1.grad(), n.b1.grad(), n.w2.grad(), n.b2.grad()};
        };
        const auto expected = run(true), got = run(false);
        INFO(height << " x " << width << ", padding " << padding);
        for (std::size_t i = 0; i < got.size(); ++i) CHECK(distance(got[i], expected[i]) < 1e-12);
      }
}

TEST_CASE("images and kernels that want no gradient leave that of the others", "[graph]") {
  for (const int which : {1, 2, 3, 4, 5, 6, 7}) {
    const auto run = [which](bool retain) {
      const Net n(float64);
      const Value w = which & 2 ? n.w1 : constant(n.w1.data()),
                  b = which & 4 ? n.b1 : constant(n.b1.data()),
                  x = which & 1 ? n.x : constant(n.x.data());
      mean(square(max_pool2d(relu(conv2d(x, w, b)), 2))).backward({.retain_grad = retain});
      std::vector<Tensor> out;
      for (const Value* v : {&n.x, &n.w1, &n.b1})
        if (v->has_grad()) out.push_back(v->grad());
      return out;
    };
    const auto expected = run(true), got = run(false);
    REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(distance(got[i], expected[i]) < 1e-12);
  }
}

TEST_CASE("layers of as many images as whole blocks have, and of one more or less", "[graph]") {
  const auto run = [](std::int64_t images, bool retain) {
    const Value x = Tensor::randn({images, 2, 31, 29}, 1, float32);
    const Net n(float32);
    const Value y = max_pool2d(relu(conv2d(x, n.w1, n.b1)), 2);
    mean(square(max_pool2d(relu(conv2d(y, n.w2, n.b2)), 2))).backward({.retain_grad = retain});
    return std::vector{x.grad(), n.w1.grad(), n.b1.grad(), n.w2.grad(), n.b2.grad()};
  };
  for (const std::int64_t images : {31, 32, 33, 47, 48, 49}) {
    const auto expected = run(images, true), got = run(images, false);
    INFO(images);
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(distance(got[i], expected[i]) < 1e-4);
  }
}

TEST_CASE("a second backward pass through pooled images adds the same", "[graph]") {
  for (const bool holds : {false, true}) {
    const Net n(float64);
    Value r = relu(conv2d(n.x, n.w1, n.b1)), y = max_pool2d(r, 2);
    const Value loss = mean(square(max_pool2d(relu(conv2d(y, n.w2, n.b2)), 2)));
    if (!holds) r = y = Value();
    loss.backward();
    std::vector<Tensor> once;
    for (const Value& v : n.leaves()) once.push_back(v.grad().clone());
    loss.backward();
    const auto leaves = n.leaves();
    for (std::size_t i = 0; i < once.size(); ++i)
      CHECK(distance(leaves[i].grad(), once[i] * 2.0) < 1e-12);
    if (!holds) continue;
    CHECK(identical(r.data(), relu(conv2d(n.x.data(), n.w1.data(), n.b1.data()))));
    CHECK(identical(y.data(), max_pool2d(r.data(), 2)));
  }
}

TEST_CASE("pooled images that change in place are noticed", "[graph]") {
  const Net n(float32);
  const Value y = max_pool2d(relu(conv2d(n.x, n.w1, n.b1)), 2);
  const Value loss = mean(conv2d(y, n.w2, n.b2));
  Tensor pooled = y.data();
  pooled += 1;
  CHECK_THAT(message_of([&] { loss.backward(); }), contains("conv2d needs its input 0"));
}
