// Convolutions, their derivatives and pooling against their definitions, element by element.
#include <autograd/tensor/convolution.hpp>
#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/pooling.hpp>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

struct Extents {
  std::int64_t images, channels, height, width, outputs, kernel_height, kernel_width, stride,
      padding;
  Shape x() const { return {images, channels, height, width}; }
  Shape w() const { return {outputs, channels, kernel_height, kernel_width}; }
  Shape y() const {
    return {images, outputs, (height + 2 * padding - kernel_height) / stride + 1,
            (width + 2 * padding - kernel_width) / stride + 1};
  }
};

/// Calls f(index into y, into x, into w) for every product of the definition.
template <class F>
void for_products(const Extents& e, const F& f) {
  const Shape y = e.y();
  std::size_t at = 0;
  for (std::int64_t n = 0; n < e.images; ++n)
    for (std::int64_t o = 0; o < e.outputs; ++o)
      for (std::int64_t i = 0; i < y[2]; ++i)
        for (std::int64_t j = 0; j < y[3]; ++j, ++at)
          for (std::int64_t c = 0; c < e.channels; ++c)
            for (std::int64_t k = 0; k < e.kernel_height; ++k)
              for (std::int64_t l = 0; l < e.kernel_width; ++l) {
                const auto row = i * e.stride + k - e.padding,
                           column = j * e.stride + l - e.padding;
                if (row < 0 || row >= e.height || column < 0 || column >= e.width) continue;
                f(at,
                  static_cast<std::size_t>(((n * e.channels + c) * e.height + row) * e.width +
                                           column),
                  static_cast<std::size_t>(
                      ((o * e.channels + c) * e.kernel_height + k) * e.kernel_width + l));
              }
}

void check(const Extents& e, const Tensor& x, const Tensor& w, const Tensor& g) {
  const std::vector<double> xs = x.to_vector(), ws = w.to_vector(), gs = g.to_vector();
  std::vector<double> y(gs.size()), dx(xs.size()), dw(ws.size());
  for_products(e, [&](std::size_t at, std::size_t in, std::size_t weight) {
    y[at] += xs[in] * ws[weight];
    dx[in] += gs[at] * ws[weight];
    dw[weight] += gs[at] * xs[in];
  });
  INFO(to_string(e.x()) << " by " << to_string(e.w()) << ", stride " << e.stride << ", padding "
                        << e.padding << ", " << dtype_name(x.dtype()));
  const double tolerance = x.dtype() == float64 ? 1e-12 : 1e-4;
  CHECK(distance(conv2d(x, w, {e.stride, e.padding}), Tensor::from(y, e.y())) < tolerance);
  CHECK(distance(conv2d_input(g, w, e.x(), {e.stride, e.padding}), Tensor::from(dx, e.x())) <
        tolerance);
  CHECK(distance(conv2d_weight(x, g, e.w(), {e.stride, e.padding}), Tensor::from(dw, e.w())) <
        tolerance);
}

}  // namespace

TEST_CASE("convolutions are the sums of their definitions", "[tensor]") {
  const Extents cases[] = {
      {9, 8, 13, 13, 16, 3, 3, 1, 0},   // short rows as one run
      {5, 1, 28, 28, 8, 3, 3, 1, 0},    // whole rows, one channel
      {2, 3, 40, 9, 13, 5, 3, 1, 2},    // several runs an image, the last one shorter
      {3, 4, 3, 70, 5, 2, 3, 1, 1},     // a run of two rows
      {1, 5, 2, 300, 4, 1, 5, 1, 0},    // rows longer than a run
      {70, 4, 3, 3, 5, 3, 3, 1, 1},     // more runs than fit at once
      {2, 4, 3, 4, 9, 3, 3, 1, 0},      // a run less than a vector
      {3, 5, 40, 38, 35, 3, 4, 1, 1},   // more results than are turned at once, and channels
      {1, 1, 3, 2100, 16, 2, 7, 1, 0},  // a row of more than are turned at once
      {3, 4, 12, 11, 8, 3, 3, 2, 1},    // a stride
  };
  for (const Extents& e : cases)
    for (const DType dtype : {float64, float32}) {
      check(e, Tensor::randn(e.x(), 1, dtype), Tensor::randn(e.w(), 2, dtype),
            Tensor::randn(e.y(), 3, dtype));
      // Views: images with rows and columns exchanged, kernels from every other channel.
      const Shape turned{e.images, e.channels, e.width, e.height},
          wide{2 * e.outputs, e.channels, e.kernel_height, e.kernel_width};
      check(e, transpose(Tensor::randn(turned, 4, dtype), {0, 1, 3, 2}),
            slice(Tensor::randn(wide, 5, dtype), 0, 1, 2 * e.outputs, 2),
            broadcast_to(Tensor::randn({e.y()[3]}, 6, dtype), e.y()));
    }
}

TEST_CASE("images without channels have the bias as their convolution", "[tensor]") {
  const Tensor y =
      conv2d(Tensor::zeros({2, 0, 4, 5}), Tensor::zeros({3, 0, 3, 3}), Tensor::from({1., 2., 3.}));
  CHECK(identical(y, broadcast_to(Tensor::from({1., 2., 3.}, {3, 1, 1}), {2, 3, 2, 3})));
}

TEST_CASE("an infinity reaches only the kernel positions that see it", "[tensor]") {
  for (const std::int64_t outputs : {4, 16}) {
    const Extents e{1, 4, 6, 11, outputs, 3, 3, 1, 0};
    for (const double bad : {infinity, quiet_nan})
      for (const std::int64_t column : {0, 1, 9, 10}) {
        Tensor x = Tensor::randn(e.x(), 1, float32);
        x.set({0, 1, 2, column}, bad);
        check(e, x, Tensor::ones(e.w(), float32), Tensor::ones(e.y(), float32));
      }
  }
}

TEST_CASE("pooling of planes of every small size", "[tensor]") {
  for (const DType dtype : {float64, float32})
    for (std::int64_t height = 2; height <= 7; ++height)
      for (std::int64_t width = 2; width <= 37; ++width) {
        // Few different numbers, so that many are equal, and some NaN.
        const Shape shape{2, 2, height, width}, small{2, 2, height / 2, width / 2};
        std::vector<double> x(static_cast<std::size_t>(shape.numel()));
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i * 7919 / 3 % 5);
        for (std::size_t i = 3; i < x.size(); i += 17) x[i] = quiet_nan;
        const Tensor t = Tensor::from(x, shape).to(dtype), g = Tensor::randn(small, 2, dtype);
        const std::vector<double> gs = g.to_vector();
        std::vector<double> best(gs.size()), places(gs.size()), back(x.size());
        std::size_t at = 0;
        for (std::int64_t plane = 0; plane < 4; ++plane)
          for (std::int64_t i = 0; i < height / 2; ++i)
            for (std::int64_t j = 0; j < width / 2; ++j, ++at) {
              const auto place = [&](std::int64_t k) {
                return static_cast<std::size_t>((plane * height + 2 * i + k / 2) * width + 2 * j +
                                                k % 2);
              };
              std::size_t chosen = place(0);
              for (std::int64_t k = 1; k < 4; ++k)
                if (x[place(k)] > x[chosen] ||
                    (std::isnan(x[place(k)]) && !std::isnan(x[chosen]))) {
                  chosen = place(k);
                  places[at] = static_cast<double>(k);
                }
              best[at] = x[chosen];
              back[chosen] = gs[at];
            }
        INFO(height << " x " << width << ", " << dtype_name(dtype));
        CHECK(identical(max_pool2d(t, 2).to(float64), Tensor::from(best, small)));
        CHECK(identical(max_unpool2d(g, t, 2).to(float64), Tensor::from(back, shape)));
        const Selection s = select_maxima(t);
        CHECK(identical(s.values.to(float64), Tensor::from(best, small)));
        CHECK(identical(s.places.to(float64), Tensor::from(places, small)));
        CHECK(
            identical(unselect_maxima(g, s.places, shape).to(float64), Tensor::from(back, shape)));
      }
}

TEST_CASE("images in lanes are as others", "[tensor]") {
  for (const DType dtype : {float64, float32}) {
    const std::int64_t n = lanes_of(dtype);
    const Extents cases[] = {
        {n, 1, 28, 28, 8, 3, 3, 1, 0},  // one channel
        {n, 3, 7, 9, 13, 3, 2, 1, 1},   // rows and columns of zeros around
        {n, 2, 2, 3, 5, 2, 3, 1, 4},    // kernels that meet the image nowhere
        {n, 5, 6, 5, 3, 5, 5, 1, 2},    // and everywhere but in the middle
        {n, 3, 4, 3, 2, 1, 1, 1, 2},    // more around than the kernel reaches
        {n, 2, 11, 14, 9, 3, 3, 1, 2},  // columns left over, of several rows and of single ones
        {n, 1, 17, 8, 1, 4, 3, 1, 1},   // the same for one channel
        {n, 4, 12, 11, 8, 3, 3, 2, 1},  // a stride, which takes them out of the lanes
    };
    for (const Extents& e : cases) {
      INFO(to_string(e.x()) << " by " << to_string(e.w()) << ", padding " << e.padding << ", "
                            << dtype_name(dtype));
      const Tensor x = Tensor::randn(e.x(), 1, dtype), w = Tensor::randn(e.w(), 2, dtype),
                   b = Tensor::randn({e.outputs}, 3, dtype), g = Tensor::randn(e.y(), 4, dtype);
      const auto all = [&](const Tensor& images, const Tensor& results) {
        return std::vector{convolved(images, w, b, e.stride, e.padding),
                           convolution_input(results, w, e.x(), e.stride, e.padding),
                           convolution_weight(images, results, e.w(), e.stride, e.padding)};
      };
      const auto expected = all(x, g);
      const KeepLanes keep;
      const Tensor in_lanes = into_lanes(x);
      REQUIRE(are_in_lanes(in_lanes));
      CHECK(identical(in_lanes, x));
      CHECK(identical(in_lanes.contiguous(), x));
      const auto got = all(in_lanes, into_lanes(g));
      CHECK(are_in_lanes(got[0]) == (e.stride == 1));
      CHECK(identical(got[0], expected[0]));
      for (std::size_t i = 1; i < got.size(); ++i)
        CHECK(distance(got[i], expected[i]) < (dtype == float64 ? 1e-12 : 1e-4));
      // One of the two is in the order of others.
      CHECK(distance(convolution_weight(in_lanes, g, e.w(), e.stride, e.padding), expected[2]) <
            (dtype == float64 ? 1e-12 : 1e-4));
      CHECK(distance(convolution_weight(x, into_lanes(g), e.w(), e.stride, e.padding),
                     expected[2]) < (dtype == float64 ? 1e-12 : 1e-4));
      Tensor sum = Tensor::ones(e.x(), dtype);
      sum += in_lanes;
      CHECK(identical(sum, x + 1.0));
    }
  }
}

TEST_CASE("convolutions of a part of the results, or of what was selected of them", "[tensor]") {
  for (const DType dtype : {float64, float32}) {
    const std::int64_t n = lanes_of(dtype);
    const Extents cases[] = {
        {n, 1, 28, 27, 9, 3, 3, 1, 0},  // one channel, and columns left out
        {n, 3, 7, 9, 13, 2, 3, 1, 1},   // zeros around
        {n, 2, 4, 5, 3, 5, 4, 1, 3},    // kernels larger than the image
        {n, 5, 9, 9, 4, 1, 1, 1, 0},    // kernels of one element
        {n, 2, 12, 11, 8, 3, 3, 2, 1},  // a stride, which takes them out of the lanes
    };
    const double tolerance = dtype == float64 ? 1e-12 : 1e-4;
    for (const Extents& e : cases)
      for (const double weight : {0.5, infinity}) {
        const Shape shape = e.y(), part = under_windows(shape);
        INFO(to_string(e.x()) << " by " << to_string(e.w()) << ", " << dtype_name(dtype) << ", "
                              << weight);
        const Tensor x = Tensor::randn(e.x(), 1, dtype), b = Tensor::randn({e.outputs}, 3, dtype);
        Tensor w = Tensor::randn(e.w(), 2, dtype);
        w.set({0, 0, 0, 0}, weight);
        const auto first = [&](const Tensor& t) {
          return slice(slice(t, 2, 0, part[2]), 3, 0, part[3]);
        };
        // The maxima of anything, and their gradients.
        const Selection by = select_maxima(Tensor::randn(shape, 4, dtype));
        const Tensor values = Tensor::randn(by.places.shape(), 5, dtype);
        const Tensor g = unselect_maxima(values, by.places, shape);
        const Tensor y = first(convolved(x, w, b, e.stride, e.padding)),
                     dx = convolution_input(g, w, e.x(), e.stride, e.padding),
                     dw = convolution_weight(x, g, e.w(), e.stride, e.padding);
        const KeepLanes keep;
        CHECK(identical(unselect_maxima(values, by.places, part), first(g)));
        const Tensor in_lanes = into_lanes(x);
        const Tensor some = convolved(in_lanes, w, b, e.stride, e.padding, &part);
        if (weight < infinity && e.stride == 1) CHECK(some.shape() == part);
        CHECK(identical(first(some), y));
        const Tensor places = into_lanes(by.places), few = first(g).contiguous();
        for (const Tensor& results : {few, into_lanes(few)}) {
          CHECK(distance(convolution_input(results, w, e.x(), e.stride, e.padding), dx) <
                tolerance);
          for (const Tensor& images : {x, in_lanes})
            CHECK(distance(convolution_weight(images, results, e.w(), e.stride, e.padding), dw) <
                  tolerance);
        }
        for (const Tensor& images : {x, in_lanes})
          for (const Selection& s : {Selection{values, by.places}, Selection{values, places},
                                     Selection{into_lanes(values), places}})
            CHECK(distance(convolution_weight(images, s, e.w(), e.stride, e.padding), dw) <
                  tolerance);
      }
  }
}

TEST_CASE("to users a part of the results does not belong to the images", "[tensor]") {
  CHECK(message_of([] {
          convolution_input(Tensor::zeros({1, 3, 4, 4}), Tensor::zeros({3, 2, 3, 3}), {1, 2, 7, 7},
                            1, 0);
        }) ==
        "conv2d: results of shape (1, 3, 4, 4) do not belong to images of shape (1, 2, 7, 7) and "
        "kernels of shape (3, 2, 3, 3)");
}

TEST_CASE("pooling of images in lanes is that of others", "[tensor]") {
  for (const DType dtype : {float64, float32})
    for (std::int64_t height = 2; height <= 5; ++height)
      for (std::int64_t width = 2; width <= 7; ++width)
        for (const std::int64_t size : {1, 2}) {
          const Shape shape{lanes_of(dtype), 3, height, width};
          std::vector<double> values(static_cast<std::size_t>(shape.numel()));
          for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = i % 17 == 3 ? quiet_nan : static_cast<double>(i * 7919 / 3 % 5);
          const Tensor x = Tensor::from(values, shape).to(dtype),
                       g = Tensor::randn(pooled_shape(shape, size), 2, dtype);
          const Tensor expected = pooled(x, x, size), back = unpooled(g, x, size);
          const KeepLanes keep;
          const Tensor in_lanes = into_lanes(x), y = pooled(in_lanes, in_lanes, size);
          INFO(height << " x " << width << ", windows of " << size << ", " << dtype_name(dtype));
          CHECK(are_in_lanes(y) == (size == 2));
          CHECK(identical(y, expected));
          CHECK(identical(unpooled(g, in_lanes, size), back));
          CHECK(identical(unpooled(into_lanes(g), in_lanes, size), back));
          CHECK(identical(pooled(x, in_lanes, size), expected));
          if (size != 2) continue;
          const Selection s = select_maxima(in_lanes), others = select_maxima(x);
          CHECK(are_in_lanes(s.places));
          CHECK(identical(s.values, expected));
          CHECK(identical(s.places, others.places));
          for (const Tensor& results : {g, into_lanes(g)})
            CHECK(identical(unselect_maxima(results, s.places, shape), back));
        }
}

TEST_CASE("strides as of images in lanes are those of any view to users", "[tensor]") {
  for (const DType dtype : {float64, float32}) {
    const Tensor x = transpose(Tensor::randn({2, 6, 6, lanes_of(dtype)}, 1, dtype), {3, 0, 1, 2}),
                 w = Tensor::randn({4, 2, 3, 3}, 2, dtype);
    CHECK(conv2d(x, w, Tensor::zeros({4}, dtype)).is_contiguous());
    CHECK(max_pool2d(x, 2).is_contiguous());
  }
}

TEST_CASE("a window must fit into the image", "[tensor]") {
  CHECK(message_of([] {
          max_pool2d(Tensor::zeros({1, 2, 4, 3}), 4);
        }) == "max_pool2d: windows of 4 x 4 do not fit into images of 4 x 3");
  CHECK(max_pool2d(Tensor::zeros({0, 2, 4, 4}), 4).shape() == Shape{0, 2, 1, 1});
}
