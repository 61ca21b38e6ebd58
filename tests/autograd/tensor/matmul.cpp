// Matrix products against the sum of products.
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/product.hpp>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

struct Sum {
  double value = 0, magnitude = 1e-300;
  void add(double term) {
    value += term;
    magnitude += std::abs(term);
  }
};

/// The product by its definition, with the sums of magnitudes.
std::vector<Sum> sums_of_terms(const Tensor& a, const Tensor& b) {
  const std::int64_t n = a.size(0), inner = a.size(1), m = b.size(1);
  const std::vector<double> x = a.to_vector(), y = b.to_vector();
  std::vector<Sum> sums(static_cast<std::size_t>(n * m));
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t k = 0; k < inner; ++k)
      for (std::int64_t j = 0; j < m; ++j)
        sums[static_cast<std::size_t>(i * m + j)].add(x[static_cast<std::size_t>(i * inner + k)] *
                                                      y[static_cast<std::size_t>(k * m + j)]);
  return sums;
}

/// Whether c is near enough, relative to the magnitudes, so that cancellation is allowed.
bool agree(const Tensor& c, const std::vector<Sum>& sums, std::int64_t terms) {
  const std::vector<double> z = c.to_vector();
  const double epsilon = c.dtype() == float64 ? 1e-15 : 1e-6;
  const double most = epsilon * std::sqrt(static_cast<double>(terms) + 8);
  bool agreed = z.size() == sums.size();
  for (std::size_t i = 0; agreed && i < z.size(); ++i)
    agreed = std::abs(z[i] - sums[i].value) < most * sums[i].magnitude;
  return agreed;
}

void check(const Tensor& a, const Tensor& b) {
  const Tensor c = matmul(a, b);
  REQUIRE(c.shape() == Shape{a.size(0), b.size(1)});
  INFO(to_string(a.shape()) << " @ " << to_string(b.shape()) << " " << dtype_name(c.dtype()));
  CHECK(agree(c, sums_of_terms(a, b), a.size(1)));
}

/// A matrix of this shape in another layout: as it is, transposed, with gaps, or both.
Tensor matrix(std::int64_t rows, std::int64_t columns, int layout, std::uint64_t seed,
              DType dtype) {
  switch (layout) {
    case 0: return Tensor::randn({rows, columns}, seed, dtype);
    case 1: return transpose(Tensor::randn({columns, rows}, seed, dtype));
    case 2:
      return slice(Tensor::randn({rows, 2 * columns + 1}, seed, dtype), 1, 1, 2 * columns + 1, 2);
    default: return slice(Tensor::randn({rows, columns + 3}, seed, dtype), 1, 2, columns + 2);
  }
}

MatrixView view_of(const Tensor& t) {
  return {t.raw(), t.size(0), t.size(1), t.strides()[0], t.strides()[1]};
}

/// The kernel alone, which writes the first columns of `before`, or adds to them.
void check_kernel(const Tensor& a, const Tensor& b, std::vector<Sum> sums, const Tensor* bias,
                  const Tensor& before, bool add) {
  const std::int64_t rows = before.size(0), columns = b.size(1), stride = before.size(1);
  const Tensor place = before.clone();
  BiasView view;
  if (bias) view = {bias->raw(), bias->rank() == 2 ? bias->strides()[0] : 0};
  kernels().of(place.dtype()).matmul(view_of(a), view_of(b), view, place.raw(), stride, add);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) {
      Sum& sum = sums[static_cast<std::size_t>(i * columns + j)];
      if (bias) sum.add(bias->rank() == 2 ? (*bias)(i, j) : (*bias)(j));
      if (add) sum.add(before(i, j));
    }
  CHECK(agree(slice(place, 1, 0, columns), sums, a.size(1)));
  CHECK(identical(slice(place, 1, columns, stride), slice(before, 1, columns, stride)));
}

}  // namespace

TEST_CASE("products of all sizes and layouts", "[tensor]") {
  const DType dtype = GENERATE(float64, float32);
  const std::vector<std::int64_t> sizes = {0, 1, 2, 3, 5, 8, 9, 17};
  for (const std::int64_t n : sizes)
    for (const std::int64_t k : sizes)
      for (const std::int64_t m : sizes)
        for (int layout = 0; layout < 16; ++layout)
          if (layout % 5 == 0 || n * k * m <= 8 * 8 * 17 || layout == 6)
            check(matrix(n, k, layout % 4, 1, dtype), matrix(k, m, layout / 4, 2, dtype));
}

TEST_CASE("a product is written, or added, within its place", "[tensor]") {
  const DType dtype = GENERATE(float64, float32);
  const bool add = GENERATE(false, true);
  constexpr std::int64_t margin = 16;
  for (const std::int64_t rows : {1, 2, 3, 4, 5, 9})
    for (const std::int64_t inner : {1, 2, 7, 8, 11, 70})
      for (std::int64_t columns = 1; columns <= 17; ++columns)
        for (int layout = 0; layout < 4; ++layout) {
          const Tensor a = matrix(rows, inner, layout / 2, 5, dtype),
                       b = matrix(inner, columns, layout % 2, 6, dtype);
          const Tensor place = Tensor::full({rows * columns + 2 * margin}, 7, dtype);
          Product(a, b).compute(
              static_cast<std::byte*>(place.raw()) + margin * std::int64_t(item_size(dtype)), dtype,
              add);
          Tensor expected = Tensor::full({rows * columns + 2 * margin}, 7, dtype);
          Tensor middle = slice(expected, 0, margin, margin + rows * columns);
          const Tensor product = reshape(matmul(a, b), {-1});
          middle.copy_(add ? middle + product : product);
          INFO(rows << " x " << inner << " x " << columns << ", layout " << layout);
          CHECK(distance(place, expected) < (dtype == float64 ? 1e-14 : 1e-5) * double(inner));
          CHECK(identical(slice(place, 0, 0, margin), Tensor::full({margin}, 7, dtype)));
          CHECK(identical(slice(place, 0, margin + rows * columns, rows * columns + 2 * margin),
                          Tensor::full({margin}, 7, dtype)));
        }
}

TEST_CASE("a row of a product does not depend on how many there are", "[tensor]") {
  for (const std::int64_t inner : {2, 5, 8, 40})
    for (const std::int64_t columns : {1, 3, 4, 7}) {
      const Tensor a = Tensor::randn({11, inner}, 7), b = Tensor::randn({inner, columns}, 8);
      const Tensor whole = matmul(a, b);
      for (const std::int64_t rows : {1, 2, 3, 6})
        CHECK(identical(matmul(slice(a, 0, 0, rows), b), slice(whole, 0, 0, rows)));
    }
}

TEST_CASE("large products", "[tensor]") {
  const DType dtype = GENERATE(float64, float32);
  const std::vector<std::vector<std::int64_t>> sizes = {{64, 64, 64}, {130, 130, 130}, {1, 130, 64},
                                                        {64, 130, 1}, {130, 1, 130},   {130, 64, 3},
                                                        {3, 64, 130}, {65, 17, 131}};
  for (const auto& s : sizes)
    for (int layout = 0; layout < 16; ++layout)
      check(matrix(s[0], s[1], layout % 4, 3, dtype), matrix(s[1], s[2], layout / 4, 4, dtype));
}

TEST_CASE("products of many blocks, with a bias, added, with gaps between rows", "[tensor]") {
  const DType dtype = GENERATE(float64, float32);
  // Blocks of terms, of columns and of rows, also in part; and what has none.
  const std::vector<std::vector<std::int64_t>> sizes = {
      {13, 2100, 59}, {7, 1000, 101}, {53, 9, 1100},  {20, 400, 700},  {300, 900, 30},
      {40, 700, 300}, {2, 700, 2},    {4, 4, 10},     {1, 300, 90},    {90, 300, 1},
      {30, 0, 40},    {8, 16, 48},    {9, 17, 33},    {31, 257, 49},   {2, 300, 17},
      {15, 550, 97},  {530, 400, 67}, {70, 20, 3800}, {1100, 30, 250}, {3, 1, 90000},
      {33, 515, 192}, {100, 1024, 16}};
  for (const auto& s : sizes)
    for (int layout = 0; layout < 4; ++layout) {
      const std::int64_t rows = s[0], inner = s[1], columns = s[2], stride = columns + 3;
      INFO(rows << " x " << inner << " x " << columns << ", layout " << layout);
      const Tensor a = matrix(rows, inner, layout / 2, 1, dtype),
                   b = matrix(inner, columns, layout % 2, 2, dtype);
      const std::vector<Sum> sums = sums_of_terms(a, b);
      const Tensor row = Tensor::randn({columns}, 3, dtype);
      const Tensor whole = slice(Tensor::randn({rows, columns + 2}, 5, dtype), 1, 0, columns);
      const Tensor c = Tensor::randn({rows, stride}, 4, dtype);
      // What is not added to is not read.
      const Tensor unread = Tensor::full({rows, stride}, quiet_nan, dtype);
      for (const Tensor* bias : {static_cast<const Tensor*>(nullptr), &row, &whole}) {
        check_kernel(a, b, sums, bias, unread, false);
        check_kernel(a, b, sums, bias, c, true);
      }
    }
}

TEST_CASE("zeros of a product are positive", "[tensor]") {
  for (const std::int64_t n : {2, 3, 40}) {
    const Tensor zeros = matmul(Tensor::full({n, n}, -1.0), Tensor::zeros({n, n}));
    for (const double x : zeros.to_vector()) CHECK_FALSE(std::signbit(x));
  }
}

TEST_CASE("a product of no inner elements is zero", "[tensor]") {
  CHECK(identical(matmul(Tensor::ones({3, 0}), Tensor::ones({0, 4})), Tensor::zeros({3, 4})));
  CHECK(identical(matmul(Tensor::ones({30, 0}), Tensor::ones({0, 40})), Tensor::zeros({30, 40})));
  CHECK(matmul(Tensor::ones({0, 3}), Tensor::ones({3, 4})).shape() == Shape{0, 4});
  CHECK(matmul(Tensor::ones({0}), Tensor::ones({0})).item() == 0);
  Value a{Tensor::ones({3, 0})}, b{Tensor::ones({0, 4})};
  sum(matmul(a, b)).backward();
  CHECK(a.grad().shape() == Shape{3, 0});
  CHECK(b.grad().shape() == Shape{0, 4});
}

TEST_CASE("batches broadcast", "[tensor]") {
  const DType dtype = GENERATE(float64, float32);
  const std::vector<std::pair<Shape, Shape>> shapes = {
      {{4, 2, 3}, {4, 3, 5}},    {{4, 2, 3}, {3, 5}},       {{2, 3}, {4, 3, 5}},
      {{4, 1, 2, 3}, {6, 3, 5}}, {{1, 2, 3}, {4, 3, 5}},    {{2, 1, 17, 9}, {3, 9, 20}},
      {{0, 2, 3}, {3, 5}},       {{2, 2, 1, 1}, {2, 1, 1}},
  };
  const double close = dtype == float64 ? 1e-14 : 1e-5;
  for (const auto& [sa, sb] : shapes) {
    const Tensor a = Tensor::randn(sa, 1, dtype), b = Tensor::randn(sb, 2, dtype);
    const Tensor c = matmul(a, b);
    // The same as products of the operands written out in full.
    Dims batch = c.shape();
    batch.erase(batch.rank() - 1);
    batch.erase(batch.rank() - 1);
    Dims wide_a = batch, wide_b = batch;
    for (const Tensor* t : {&a, &b})
      for (const std::int64_t axis : {-2, -1}) (t == &a ? wide_a : wide_b).push_back(t->size(axis));
    const auto rows = [](const Tensor& t, const Dims& shape) {
      return reshape(broadcast_to(t, Shape(shape)).clone(), {-1, t.size(-2), t.size(-1)});
    };
    const Tensor x = rows(a, wide_a), y = rows(b, wide_b);
    const Tensor z = reshape(c, {-1, a.size(-2), b.size(-1)});
    for (std::int64_t i = 0; i < z.size(0); ++i) CHECK(distance(z[i], matmul(x[i], y[i])) < close);
    CHECK(distance(matmul(transpose(transpose(a).clone()), b), c) < close);
  }
}

TEST_CASE("vectors are rows on the left and columns on the right", "[tensor]") {
  const Tensor m = Tensor::from({{1., 2., 3.}, {4., 5., 6.}});
  const Tensor two = Tensor::from({1., 10.}), three = Tensor::from({1., 0., -1.});
  CHECK(identical(matmul(two, m), Tensor::from({41., 52., 63.})));
  CHECK(identical(matmul(m, three), Tensor::from({-2., -2.})));
  CHECK(matmul(three, three).item() == 2);
  CHECK(matmul(three, three).shape() == Shape{});
  CHECK(matmul(Tensor::ones({4, 2, 3}), three).shape() == Shape{4, 2});
  CHECK(matmul(two, Tensor::ones({4, 2, 3})).shape() == Shape{4, 3});
  Value v{three}, w{m};
  sum(matmul(w, v)).backward();
  CHECK(identical(v.grad(), Tensor::from({5., 7., 9.})));
  CHECK(identical(w.grad(), Tensor::from({{1., 0., -1.}, {1., 0., -1.}})));
  // One op each, as pictures show.
  CHECK(matmul(w, v).op() == "matvec");
  CHECK(matmul(Value(two), w).op() == "vecmat");
  CHECK(matmul(v, v).op() == "vecdot");
  CHECK(matmul(w, v).node()->input(1) == v.node());
}

TEST_CASE("products of both types are float64", "[tensor]") {
  CHECK(matmul(Tensor::ones({2, 2}, float32), Tensor::ones({2, 2})).dtype() == float64);
  Value a{Tensor::ones({2, 2}, float32)};
  sum(matmul(a, Tensor::ones({2, 2}))).backward();
  CHECK(a.grad().dtype() == float32);
}

TEST_CASE("NaN and infinity are not lost in a product", "[tensor]") {
  for (const std::int64_t n : {2, 40}) {
    Tensor a = Tensor::zeros({n, n});
    a.set({0, 1}, quiet_nan);
    CHECK(std::isnan(matmul(a, Tensor::zeros({n, n}))(0, n - 1)));
    CHECK(matmul(a, Tensor::zeros({n, n}))(1, 0) == 0);
  }
}

TEST_CASE("products that do not match", "[tensor]") {
  CHECK(message_of([] {
          matmul(Tensor::ones({2, 3}), Tensor::ones({4, 5}));
        }) == "matmul: shapes (2, 3) and (4, 5) do not match: 3 columns against 4 rows");
  CHECK(message_of([] {
          matmul(Tensor::ones({2, 2, 3}), Tensor::ones({3, 3, 5}));
        }) == "matmul: shapes (2,) and (3,) cannot be broadcast: 2 against 3 in dimension 0");
  CHECK(message_of([] {
          matmul(Tensor(1.0), Tensor::ones({2, 2}));
        }) ==
        "matmul: shapes () and (2, 2): a number is no matrix and no vector; * multiplies by one");
  CHECK(message_of([] {
          matmul(Tensor::ones({2, 2}), Tensor::ones({3}));
        }) == "matmul: shapes (2, 2) and (3,) do not match: 2 columns against 3 elements");
  CHECK(message_of([] {
          matmul(Value(Tensor::ones({3})), Tensor::ones({2, 4}));
        }) == "matmul: shapes (3,) and (2, 4) do not match: 3 elements against 2 rows");
  CHECK(message_of([] { matmul(Tensor::ones({3}), Value(Tensor::ones({4}))); }) ==
        "matmul: shapes (3,) and (4,) do not match: 3 elements against 4 elements");
  CHECK(message_of([] { matmul(Tensor::ones({3}), Value(2.0)); }) ==
        "matmul: shapes (3,) and (): a number is no matrix and no vector; * multiplies by one");
  CHECK_THROWS_AS(matmul(Value(2.0), Value(Tensor::ones({2}))), Error);
  CHECK_THROWS_AS(matmul(Tensor::ones({3}), Tensor::ones({4})), Error);
}
