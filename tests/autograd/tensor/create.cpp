// Factories: what they make, and the literals they refuse.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("constant tensors", "[tensor]") {
  for (const DType dtype : {float64, float32}) {
    CHECK(identical(Tensor::zeros({2}, dtype), Tensor::from({0., 0.}, dtype)));
    CHECK(identical(Tensor::ones({2}, dtype), Tensor::from({1., 1.}, dtype)));
    CHECK(identical(Tensor::full({2}, -1.5, dtype), Tensor::from({-1.5, -1.5}, dtype)));
    CHECK(identical(Tensor::eye(2, dtype), Tensor::from({{1., 0.}, {0., 1.}}, dtype)));
    CHECK(Tensor::empty({3, 0}, dtype).shape() == Shape{3, 0});
  }
  CHECK(Tensor().shape() == Shape{0});
  CHECK(Tensor(3).item() == 3);
  CHECK(Tensor(true).dtype() == float64);
  CHECK(Tensor::eye(0).shape() == Shape{0, 0});
}

TEST_CASE("ranges", "[tensor]") {
  CHECK(identical(Tensor::arange(4), Tensor::from({0., 1., 2., 3.})));
  CHECK(identical(Tensor::arange(1, 2, 0.25), Tensor::from({1., 1.25, 1.5, 1.75})));
  CHECK(identical(Tensor::arange(3, 0, -1), Tensor::from({3., 2., 1.})));
  CHECK(Tensor::arange(2, 2).numel() == 0);
  CHECK(Tensor::arange(0).shape() == Shape{0});
  CHECK(message_of([] { Tensor::arange(0, 1, 0); }) ==
        "arange: start 0, stop 1, step 0 make no finite range");
  CHECK(message_of([] { Tensor::arange(0, infinity); }) ==
        "arange: start 0, stop inf, step 1 make no finite range");
  CHECK_THROWS_AS(Tensor::arange(quiet_nan, 1), Error);
  CHECK(message_of([] { Tensor::arange(0, 3, -1); }) ==
        "arange: a step of -1 leads away from 0 to 3");
  CHECK_THAT(message_of([] { Tensor::arange(0, 1e300); }), contains("elements are too many"));
}

TEST_CASE("linspace includes both ends", "[tensor]") {
  CHECK(identical(Tensor::linspace(0, 1, 5), Tensor::from({0., 0.25, 0.5, 0.75, 1.})));
  CHECK(Tensor::linspace(0, 0.3, 4)(3) == 0.3);
  CHECK(identical(Tensor::linspace(2, 9, 1), Tensor::from({2.})));
  CHECK(Tensor::linspace(2, 9, 0).numel() == 0);
  CHECK(Tensor::linspace(-1, 1, 1003)(1002) == 1);
  CHECK_THROWS_AS(Tensor::linspace(0, 1, -1), Error);
}

TEST_CASE("literals", "[tensor]") {
  CHECK(Tensor::from({1., 2., 3.}).shape() == Shape{3});
  CHECK(Tensor::from({1, 2, 3})(2) == 3);
  CHECK(Tensor::from({{1., 2.}, {3., 4.}})(1, 0) == 3);
  CHECK(Tensor::from({{1., 2., 3.}}).shape() == Shape{1, 3});
  CHECK(Tensor::from({{{1., 2.}, {3., 4.}}, {{5., 6.}, {7., 8.}}})(1, 0, 1) == 6);
  CHECK(Tensor::from({1., 2.}, float32).dtype() == float32);
  CHECK(message_of([] {
          Tensor::from({{1., 2.}, {3., 4., 5.}});
        }) == "from: row 1 has 3 numbers, row 0 has 2; all rows need the same number");
  CHECK(message_of([] {
          Tensor::from({{{1., 2.}, {3., 4.}}, {{5., 6.}}});
        }) == "from: block 1 has 1 rows, block 0 has 2; all blocks need the same number");
  CHECK(message_of([] {
          Tensor::from({1., {2., 3.}});
        }) == "from: numbers and lists are mixed; nest every item to the same depth");
  CHECK_THROWS_AS(Tensor::from({{1., 2.}, 3.}), Error);
}

TEST_CASE("literals of any rank, also with extents of 1", "[tensor]") {
  CHECK(Tensor::from({{1.}, {2.}, {3.}}).shape() == Shape{3, 1});
  CHECK(Tensor::from({{1.}}).shape() == Shape{1, 1});
  CHECK(Tensor::from({{{1.}}}).shape() == Shape{1, 1, 1});
  CHECK(Tensor::from({1.}).shape() == Shape{1});
  CHECK(Tensor::from({{{{1, 2}}}, {{{3, 4}}}}).shape() == Shape{2, 1, 1, 2});
  CHECK(Tensor::from({{{{1, 2}}}, {{{3, 4}}}})(1, 0, 0, 1) == 4);
  CHECK(Tensor::from({{}, {}}).shape() == Shape{2, 0});
  CHECK_THROWS_AS(Tensor::from({{{{{{{{{1.}}}}}}}}}), Error);
}

TEST_CASE("numbers from memory", "[tensor]") {
  const std::vector<double> d = {1, 2, 3, 4, 5, 6};
  const std::vector<float> f = {1, 2};
  CHECK(Tensor::from(d, {2, 3})(1, 2) == 6);
  CHECK(Tensor::from(f, {2}).dtype() == float32);
  CHECK(Tensor::from(std::span(d).subspan(2), {4})(0) == 3);
  CHECK(Tensor::from(std::vector<double>{}, {0, 5}).shape() == Shape{0, 5});
  CHECK(message_of([&] {
          Tensor::from(d, {2, 2});
        }) == "from: 6 values do not fill shape (2, 2), which has 4");
  CHECK(message_of([&] { Tensor::from(f, {3}); }) ==
        "from: 2 values do not fill shape (3,), which has 3");
}

TEST_CASE("conversion between the element types", "[tensor]") {
  const Tensor t = Tensor::from({0.1, 1e30, infinity, quiet_nan});
  const Tensor narrow = t.to(float32);
  CHECK(narrow(0) == static_cast<double>(0.1f));
  CHECK(identical(narrow.to(float64).to(float32), narrow));
  CHECK(t.to(float64).storage().get() == t.storage().get());
  const Tensor m = Tensor::from({{1., 2.}, {3., 4.}});
  CHECK(identical(transpose(m).to(float32), Tensor::from({{1., 3.}, {2., 4.}}, float32)));
}

#ifndef BRICKGRAD_SANITIZE
TEST_CASE("more memory than there is", "[tensor]") {
  CHECK_THAT(message_of([] { Tensor::zeros({std::int64_t{1} << 55}); }),
             contains("out of memory: a tensor of shape (36028797018963968,) in float64 takes "
                      "288230376151711744 bytes"));
  CHECK_THAT(message_of([] {
               Tensor::ones({1 << 20, 1 << 23}, float32);
             }),
             contains("shape (1048576, 8388608) in float32 takes 35184372088832 bytes"));
  const Tensor wide = broadcast_to(Tensor(1.0), {std::int64_t{1} << 52});
  CHECK_THAT(message_of([&] { wide.clone(); }), contains("out of memory"));
  CHECK_THAT(message_of([&] { wide.to_vector(); }), contains("shape (4503599627370496,)"));
  CHECK_THAT(message_of([&] { wide + 1; }), contains("out of memory"));
}
#endif
