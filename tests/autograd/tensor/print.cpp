// Tensors as text, as NumPy prints them.
#include <sstream>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("small tensors print in full", "[tensor]") {
  CHECK(to_string(Tensor(3.0)) == "3.");
  CHECK(to_string(Tensor(-0.5)) == "-0.5");
  CHECK(to_string(Tensor::from({1., 2., 3.})) == "[1. 2. 3.]");
  CHECK(to_string(Tensor::from({1., -2.5, 10.})) == "[ 1.  -2.5 10. ]");
  CHECK(to_string(Tensor::from({{1., 2.}, {3., 4.}})) ==
        "[[1. 2.]\n"
        " [3. 4.]]");
  CHECK(to_string(reshape(Tensor::arange(8), {2, 2, 2})) ==
        "[[[0. 1.]\n"
        "  [2. 3.]]\n"
        "\n"
        " [[4. 5.]\n"
        "  [6. 7.]]]");
  CHECK(to_string(Tensor::ones({1, 1, 1, 1})) == "[[[[1.]]]]");
}

TEST_CASE("columns are aligned at the point", "[tensor]") {
  CHECK(to_string(Tensor::from({{1.5, 200.}, {-3.25, 4.}})) ==
        "[[  1.5  200.  ]\n"
        " [ -3.25   4.  ]]");
}

TEST_CASE("special numbers", "[tensor]") {
  CHECK(to_string(Tensor(quiet_nan)) == "nan");
  CHECK(to_string(Tensor(-quiet_nan)) == "nan");
  CHECK(to_string(Tensor(-infinity)) == "-inf");
  CHECK(to_string(Tensor::from({quiet_nan, infinity, -infinity, 1.})) == "[ nan  inf -inf   1.]");
  CHECK(to_string(Tensor(-0.0)) == "-0.");
}

TEST_CASE("powers of ten keep a point", "[tensor]") {
  CHECK(to_string(Tensor::from({1e-10, 1e10})) == "[1.e-10 1.e+10]");
  CHECK(to_string(Tensor::from({1e8, 1e9})) == "[1.e+08 1.e+09]");
}

TEST_CASE("no elements", "[tensor]") {
  CHECK(to_string(Tensor::zeros({0})) == "[]");
  CHECK(to_string(Tensor::zeros({0, 3})) == "[]");
  CHECK(to_string(Tensor::zeros({2, 0})) == "[]");
}

TEST_CASE("digits are as many as it takes, up to the precision", "[tensor]") {
  CHECK(to_string(Tensor(0.1)) == "0.1");
  CHECK(to_string(Tensor(1.0 / 3)) == "0.33333333");
  CHECK(to_string(Tensor(1.0 / 3).to(float32)) == "0.3333333");
  CHECK(to_string(Tensor(0.1).to(float32)) == "0.1");
  CHECK(to_string(Tensor(1.0 / 3), {.precision = 3}) == "0.333");
  CHECK(to_string(Tensor(1.0 / 3), {.precision = 17}) == "0.3333333333333333");
  CHECK(format_number(0.1) == "0.1");
  CHECK(format_number(quiet_nan) == "nan");
}

TEST_CASE("large tensors are summarised", "[tensor]") {
  CHECK(to_string(Tensor::arange(1001)) == "[   0.    1.    2. ...  998.  999. 1000.]");
  CHECK(to_string(reshape(Tensor::arange(1200), {1200, 1})) ==
        "[[   0.]\n"
        " [   1.]\n"
        " [   2.]\n"
        " ...\n"
        " [1197.]\n"
        " [1198.]\n"
        " [1199.]]");
  const PrintOptions short_ones{.threshold = 4, .edge_items = 1};
  CHECK(to_string(Tensor::arange(5), short_ones) == "[0. ... 4.]");
  CHECK(to_string(reshape(Tensor::arange(9), {3, 3}), short_ones) ==
        "[[0. ... 2.]\n"
        " ...\n"
        " [6. ... 8.]]");
  CHECK(to_string(Tensor::arange(5), {.threshold = 4, .edge_items = 0}) == "[...]");
  CHECK(to_string(Tensor::arange(1000)).find("...") == std::string::npos);
}

TEST_CASE("views print what they show", "[tensor]") {
  const Tensor t = Tensor::from({{1., 2., 3.}, {4., 5., 6.}});
  CHECK(to_string(transpose(t)) ==
        "[[1. 4.]\n"
        " [2. 5.]\n"
        " [3. 6.]]");
  CHECK(to_string(slice(t, 1, 0, 3, 2)[1]) == "[4. 6.]");
  CHECK(to_string(broadcast_to(Tensor(7.0), {3})) == "[7. 7. 7.]");
}

TEST_CASE("streams and fmt print the same", "[tensor]") {
  const Tensor t = Tensor::from({0.5, 1.});
  std::ostringstream out;
  out << t;
  CHECK(out.str() == to_string(t));
  CHECK(fmt::format("{}", t) == to_string(t));
}
