// The layers of images and sequences: shapes, values against plain loops, and what they refuse.
#include <autograd/error.hpp>
#include <cmath>
#include <nn/nn.hpp>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

/// The definition, element by element.
Tensor plain_convolution(const Tensor& x, const Tensor& w, std::int64_t stride,
                         std::int64_t padding) {
  const auto high = (x.size(2) + 2 * padding - w.size(2)) / stride + 1,
             wide = (x.size(3) + 2 * padding - w.size(3)) / stride + 1;
  Tensor y = Tensor::zeros({x.size(0), w.size(0), high, wide}, x.dtype());
  for (std::int64_t n = 0; n < x.size(0); ++n)
    for (std::int64_t o = 0; o < w.size(0); ++o)
      for (std::int64_t i = 0; i < high; ++i)
        for (std::int64_t j = 0; j < wide; ++j) {
          double sum = 0;
          for (std::int64_t c = 0; c < w.size(1); ++c)
            for (std::int64_t k = 0; k < w.size(2); ++k)
              for (std::int64_t l = 0; l < w.size(3); ++l) {
                const auto row = i * stride + k - padding, column = j * stride + l - padding;
                if (row >= 0 && row < x.size(2) && column >= 0 && column < x.size(3))
                  sum += x(n, c, row, column) * w(o, c, k, l);
              }
          y.set({n, o, i, j}, sum);
        }
  return y;
}

void check_close(const Tensor& a, const Tensor& b, double tolerance) {
  CHECK(distance(a.to(float64), b.to(float64)) < tolerance);
}

}  // namespace

TEST_CASE("convolution is the sum of its definition", "[nn][layers]") {
  struct Case {
    Shape x, w;
    std::int64_t stride, padding;
  };
  const Case cases[] = {{{1, 1, 1, 1}, {1, 1, 1, 1}, 1, 0},  {{2, 3, 7, 26}, {5, 3, 3, 3}, 1, 0},
                        {{1, 2, 9, 40}, {9, 2, 2, 5}, 1, 1}, {{1, 1, 4, 3}, {4, 1, 3, 3}, 1, 4},
                        {{2, 2, 9, 8}, {3, 2, 3, 2}, 2, 1},  {{1, 2, 5, 17}, {4, 2, 1, 1}, 3, 0}};
  for (const Case& c : cases) {
    for (const DType dtype : {float64, float32}) {
      const Tensor x = Tensor::randn(c.x, 1, dtype), w = Tensor::randn(c.w, 2, dtype);
      const double tolerance = dtype == float64 ? 1e-12 : 1e-4;
      const Tensor y = conv2d(x, w, {c.stride, c.padding});
      check_close(y, plain_convolution(x, w, c.stride, c.padding), tolerance);
      // <conv(x, w), g> = <x, conv_input(g, w)> = <w, conv_weight(x, g)>
      const Tensor g = Tensor::randn(y.shape(), 3, dtype);
      const double wanted = sum(y * g).item();
      const double scale = std::sqrt(static_cast<double>(y.numel() * w.numel()));
      CHECK(sum(x * conv2d_input(g, w, x.shape(), {c.stride, c.padding})).item() ==
            Approx(wanted).margin(tolerance * scale));
      CHECK(sum(w * conv2d_weight(x, g, w.shape(), {c.stride, c.padding})).item() ==
            Approx(wanted).margin(tolerance * scale));
    }
  }
}

TEST_CASE("convolution and pooling of every small width", "[nn][layers]") {
  for (const DType dtype : {float64, float32})
    for (std::int64_t width = 1; width <= 40; ++width) {
      const Tensor x = Tensor::randn({2, 2, 3, width}, 1, dtype);
      const Tensor w = Tensor::randn({5, 2, 2, std::min<std::int64_t>(width, 3)}, 2, dtype);
      const Tensor y = conv2d(x, w), g = Tensor::randn(y.shape(), 3, dtype);
      const double tolerance = dtype == float64 ? 1e-12 : 1e-4;
      INFO("width " << width);
      check_close(y, plain_convolution(x, w, 1, 0), tolerance);
      CHECK(distance(sum(w * conv2d_weight(x, g, w.shape())).item(), sum(y * g).item()) <
            10 * tolerance);
      if (width < 2) continue;
      const Tensor best = max_pool2d(x, 2), back = max_unpool2d(best, x, 2);
      for (std::int64_t j = 0; j < width / 2; ++j) {
        double wanted = -infinity;
        for (std::int64_t k : {0, 1})
          for (std::int64_t l : {0, 1}) wanted = std::max(wanted, x(1, 1, k, 2 * j + l));
        CHECK(best(1, 1, 0, j) == wanted);
        for (std::int64_t k : {0, 1})
          for (std::int64_t l : {0, 1}) {
            const double here = x(1, 1, k, 2 * j + l);
            CHECK(back(1, 1, k, 2 * j + l) == (here == wanted ? wanted : 0));
          }
      }
    }
}

TEST_CASE("convolutions of nothing and of misfits", "[nn][layers]") {
  CHECK(conv2d(Tensor::zeros({0, 2, 4, 4}), Tensor::zeros({3, 2, 3, 3})).shape() ==
        Shape{0, 3, 2, 2});
  CHECK(conv2d(Tensor::zeros({1, 0, 4, 4}), Tensor::zeros({3, 0, 3, 3})).to_vector() ==
        std::vector<double>(12, 0.0));
  CHECK_THROWS_WITH(conv2d(Tensor::zeros({1, 2, 4, 4}), Tensor::zeros({3, 1, 3, 3})),
                    contains("have 2 channels"));
  CHECK_THROWS_WITH(conv2d(Tensor::zeros({1, 1, 2, 2}), Tensor::zeros({1, 1, 3, 3})),
                    contains("do not fit"));
  CHECK_THROWS_WITH(conv2d(Tensor::zeros({1, 1, 4, 4}), Tensor::zeros({1, 1, 3, 3}), {0, 0}),
                    contains("stride"));
  CHECK_THROWS_WITH(nn::Conv2d(1, 0, 3), contains("at least one channel"));
}

TEST_CASE("max_pool2d takes the largest of each window, NaN included", "[nn][layers]") {
  const Value x{Tensor::from({1, 5, 2, 0, 9, 3, 4, 8, 6, 7, 1, 1, 1, 1, 1}, {1, 1, 3, 5})};
  const Value y = max_pool2d(x, 2);
  CHECK(y.data().to_vector() == std::vector<double>{5, 8});
  sum(y).backward();
  CHECK(x.grad().to_vector() == std::vector<double>{0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0});
  const double nan = std::nan("");
  CHECK(std::isnan(max_pool2d(Tensor::from({1, nan, 2, 3}, {1, 1, 2, 2}), 2).item()));
  CHECK_THROWS_WITH(max_pool2d(Tensor::zeros({2, 2}), 2), contains("max_pool2d"));
}

TEST_CASE("layer_norm brings rows to mean 0 and variance 1", "[nn][layers]") {
  for (const DType dtype : {float64, float32}) {
    const nn::LayerNorm norm(37, {.dtype = dtype});
    const Tensor x = Tensor::randn({3, 4, 37}, 5, dtype) * 3 + 100;
    const Tensor y = norm(x).data();
    const double tolerance = dtype == float64 ? 1e-5 : 1e-4;
    check_close(mean(y, -1), Tensor::zeros({3, 4}), tolerance);
    check_close(mean(square(y), -1), Tensor::ones({3, 4}), tolerance);
  }
  CHECK_THROWS_WITH(layer_norm(Tensor::zeros({2, 3}), Tensor::ones({2}), Tensor::zeros({3})),
                    contains("gain"));
}

TEST_CASE("the gradients of layer_norm are those of its definition", "[nn][layers]") {
  for (const DType dtype : {float64, float32})
    for (const std::int64_t rows : {1, 5, 300, 1100})
      for (const std::int64_t n : {1, 3, 16, 37, 64, 200}) {
        INFO(rows << " rows of " << n << ", " << dtype_name(dtype));
        const Value x{Tensor::randn({rows, n}, 1, dtype) * 2 + 3},
            gain{Tensor::randn({n}, 2, dtype)}, bias{Tensor::randn({n}, 3, dtype)};
        const Tensor g = Tensor::randn({rows, n}, 4, dtype);
        const auto all = [&] {
          const std::vector<Tensor> out{x.grad(), gain.grad(), bias.grad()};
          for (const Value* v : {&x, &gain, &bias}) v->zero_grad();
          return out;
        };
        layer_norm(x, gain, bias, 1e-3).backward(g);
        const auto seen = all();
        layer_norm(transpose(transpose(x)), gain, bias, 1e-3)
            .backward(transpose(transpose(g).contiguous()));
        const auto of_views = all();
        const Value centred = x - mean(x, -1, true);
        (centred * rsqrt(mean(square(centred), -1, true) + 1e-3) * gain + bias).backward(g);
        const auto wanted = all();
        for (std::size_t i = 0; i < 3; ++i) {
          CHECK(distance(seen[i], wanted[i]) < (dtype == float64 ? 1e-11 : 1e-3));
          CHECK(distance(of_views[i], seen[i]) == 0);
        }
      }
}

TEST_CASE("layer_norm's moments are those of the rows at hand", "[nn][layers]") {
  const Tensor x = Tensor::randn({6, 4}, 1), other = Tensor::randn({5, 4}, 2),
               ones = Tensor::ones({4}), zeros = Tensor::zeros({4});
  std::shared_ptr<Tensor> moments;
  CHECK_THROWS_WITH(normalized_gradient(x, x, ones, moments), contains("not the moments of rows"));
  normalized(other, ones, zeros, 1e-5, moments);
  CHECK_THROWS_WITH(normalized_gain_gradient(x, x, moments), contains("not the moments of rows"));
  const std::shared_ptr<Tensor> held = moments;
  const Tensor before = held->clone();
  const Tensor y = normalized(x, ones, zeros, 1e-5, moments);
  CHECK(identical(*held, before));
  CHECK(moments->shape() == Shape{6, 2});
  // A layer run again after its input was replaced.
  Value in{x};
  auto step = compile([&] { return sum(layer_norm(in, ones, zeros) * Tensor::arange(0, 4)); });
  for (int i = 0; i < 3; ++i) {
    in.zero_grad();
    step().backward();
    const Value same{in.data().clone()};
    sum(layer_norm(same, ones, zeros) * Tensor::arange(0, 4)).backward();
    CHECK(identical(in.grad(), same.grad()));
    in.copy_(Tensor::randn({6, 4}, 10 + static_cast<std::uint64_t>(i)));
  }
}

TEST_CASE("networks of these layers have the right gradients", "[nn][layers]") {
  nn::manual_seed(3);
  const nn::Sequential images{nn::Conv2d(2, 3, 3, {.padding = 1}), nn::GELU(), nn::MaxPool2d(2),
                              nn::Flatten(), nn::Linear(3 * 2 * 2, 2)};
  const auto of_images = [&](const Value& x) { return sum(square(images(x))); };
  const GradCheck a = gradcheck(of_images, Tensor::randn({2, 2, 4, 5}, 7));
  INFO(a.report);
  CHECK(a.ok);
  const nn::LSTM lstm(2, 3);
  const auto of_steps = [&](const Value& x) { return sum(square(lstm(x))); };
  const GradCheck b = gradcheck(of_steps, Tensor::randn({3, 2, 2}, 8));
  INFO(b.report);
  CHECK(b.ok);
  const auto attention = [](const Value& x) {
    return sum(square(scaled_dot_product_attention(x, x * 2.0, x + 1.0)));
  };
  const GradCheck c = gradcheck(attention, Tensor::randn({2, 4, 3}, 9));
  INFO(c.report);
  CHECK(c.ok);
}

TEST_CASE("a product summed over its batches is one gradient", "[nn][layers]") {
  // The weights of a layer on (batch, steps, features), contiguous and turned.
  for (const bool turned : {false, true}) {
    const Value x{Tensor::randn({3, 4, 5}, 1)}, w{Tensor::randn({turned ? 4 : 5, 2}, 2)};
    const Value y = matmul(turned ? transpose(x) : x, w);
    const Tensor g = Tensor::randn(y.shape(), 3);
    y.backward(g);
    Tensor wanted = Tensor::zeros(w.shape());
    for (std::int64_t i = 0; i < 3; ++i) {
      const Tensor xi = turned ? transpose(x.data()[i]) : x.data()[i];
      wanted += matmul(transpose(xi), g[i]);
    }
    check_close(w.grad(), wanted, 1e-13);
  }
}

TEST_CASE("plain numbers where a tensor is meant are errors", "[nn][layers]") {
  const Value x{Tensor::ones({2, 3})}, image{Tensor::ones({1, 2, 4, 4})};
  CHECK_THROWS_WITH(lstm_cell(x, Tensor::ones({2, 2}), 0.0, Tensor::ones({3, 8}),
                              Tensor::ones({2, 8}), Tensor::ones({8})),
                    contains("c of shape ()"));
  CHECK_THROWS_AS(max_unpool2d(1.0, image, 2), Error);
  CHECK_THROWS_AS(max_select2d(image, 1.0, 2), Error);
  CHECK_THROWS_AS(conv2d_input(1.0, image, {1, 2, 4, 4}), Error);
  CHECK_THROWS_AS(conv2d_weight(image, 1.0, {1, 2, 4, 4}), Error);
  CHECK_THROWS_AS(matmul(Tensor::zeros({1LL << 33, 0}), Tensor::zeros({0, 1LL << 33})), Error);
}

TEST_CASE("layers name themselves in their errors", "[nn][layers]") {
  const Value q{Tensor::ones({2, 4, 3})};
  CHECK(message_of([&] {
          scaled_dot_product_attention(q, Tensor::ones({2, 5, 2}), Tensor::ones({2, 5, 2}));
        }) ==
        "scaled_dot_product_attention: queries of shape (2, 4, 3), keys of shape (2, 5, 2) and "
        "values of shape (2, 5, 2) are not (…, T, d), (…, S, d) and (…, S, e)");
  CHECK_THROWS_WITH(scaled_dot_product_attention(q, q, Tensor::ones({2, 5, 2})),
                    contains("scaled_dot_product_attention"));
  CHECK_THROWS_WITH(
      scaled_dot_product_attention(q, Tensor::ones({3, 4, 3}), Tensor::ones({3, 4, 3})),
      contains("scaled_dot_product_attention"));
  CHECK_THROWS_WITH(lstm_cell(Tensor::ones({2, 3}), Tensor::ones({2, 2}), Tensor::ones({2, 2}),
                              Tensor::ones({4, 8}), Tensor::ones({2, 8}), Tensor::ones({8})),
                    contains("lstm_cell: x of shape (2, 3), h of shape (2, 2)"));
}

TEST_CASE("an infinity in an image stays where it is", "[nn][layers]") {
  for (std::int64_t k = 0; k < 13; ++k) {
    Tensor image = Tensor::ones({1, 1, 1, 13});
    image.set({0, 0, 0, k}, infinity);
    const Tensor g = conv2d_weight(image, Tensor::ones({1, 1, 1, 13}), {1, 1, 1, 1});
    CHECK(g.item() == infinity);
  }
}

TEST_CASE("float32 sums over many rows keep their digits", "[nn][layers]") {
  const std::int64_t rows = 200000;
  const Tensor g = Tensor::full({rows, 2}, 0.1, float32);
  const Value b{Tensor::zeros({2}, float32)}, s{Tensor::ones({2}, float32)};
  const Value x{Tensor::ones({rows, 2}, float32)};
  (x * s + b).backward(g);
  CHECK(b.grad()(0) == Approx(0.1 * rows).epsilon(1e-6));
  CHECK(s.grad()(1) == Approx(0.1 * rows).epsilon(1e-6));
  const Tensor row = Tensor::full({100000}, std::log(0.1), float32);
  CHECK(sum(softmax(row)).item() == Approx(1).epsilon(1e-5));
  CHECK(logsumexp(row).item() == Approx(std::log(0.1) + std::log(1e5)).epsilon(1e-6));
  const Tensor far = Tensor::full({1, 768}, 123456.7, float32);
  CHECK(distance(layer_norm(far, Tensor::ones({768}, float32), Tensor::zeros({768}, float32)),
                 Tensor::zeros({1, 768}, float32)) < 1e-3);
}
