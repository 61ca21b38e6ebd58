// Sums of products against the products one by one.
#include <array>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/product_sum.hpp>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("a sum of products is that of each", "[tensor]") {
  const DType dtype = GENERATE(float64, float32);
  const bool add = GENERATE(false, true);
  // Tiles and what is left over of them, both ways.
  for (const std::int64_t rows : {1, 3, 8, 13, 64, 100})
    for (const std::int64_t columns : {1, 5, 16, 47, 48, 64, 130}) {
      INFO(rows << " x " << columns << " " << dtype_name(dtype));
      ProductSum sum;
      Tensor wanted = Tensor::randn({rows, columns}, 1, dtype);
      Tensor out = wanted.clone();
      if (!add) {
        wanted = Tensor::zeros({rows, columns}, dtype);
        out.fill_(quiet_nan);  // is not read
      }
      for (const std::int64_t terms : {1, 7, 32}) {
        const Tensor a = Tensor::randn({terms, rows}, 2, dtype),
                     b = Tensor::randn({terms, columns}, 3, dtype);
        const Product p = product_of(Turned{a}, b);
        REQUIRE(sum.takes(p));
        sum.add(p);  // which keeps a and b
        wanted = wanted + matmul(transpose(a), b);
      }
      CHECK(sum.terms() == 40);
      const ProductSumJob job{&sum, {out.raw(), dtype, add}};
      compute_sums({&job, 1});
      CHECK(distance(out, wanted) < (dtype == float64 ? 1e-13 : 1e-4));
      sum.clear();
      CHECK(sum.empty());
      CHECK(sum.terms() == 0);
    }
}

TEST_CASE("sums of different heights are divided alike by any number of threads", "[tensor]") {
  const auto results = [](int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    std::vector<Tensor> out;
    std::vector<ProductSum> sums(3);
    std::vector<ProductSumJob> jobs;
    for (std::size_t i = 0; i < 3; ++i) {
      const std::int64_t rows = std::array{500, 9, 128}[i], columns = 200;
      for (std::uint64_t k = 0; k < 5; ++k)
        sums[i].add(product_of(Turned{Tensor::randn({20, rows}, k, float32)},
                               Tensor::randn({20, columns}, k + 9, float32)));
      out.push_back(Tensor::full({rows, columns}, quiet_nan, float32));
      jobs.push_back({&sums[i], {out[i].raw(), float32, false}});
    }
    compute_sums(jobs);
    set_num_threads(before);
    return out;
  };
  const auto one = results(1);
  for (const int threads : {2, 3, 16}) {
    const auto others = results(threads);
    for (std::size_t i = 0; i < one.size(); ++i) {
      CHECK(identical(one[i], others[i]));
      CHECK(std::isfinite(sum(one[i]).item()));
    }
  }
}

TEST_CASE("what a sum of products does not take", "[tensor]") {
  const Tensor a = Tensor::ones({4, 6}), b = Tensor::ones({4, 5}), row = Tensor::ones({5});
  ProductSum sum;
  CHECK(sum.takes(product_of(Turned{a}, b)));
  CHECK(!sum.takes(product_of(transpose(a).contiguous(), b)));  // rows of a are contiguous
  CHECK(!sum.takes(product_of(Turned{a}, transpose(transpose(b).contiguous()))));
  CHECK(!sum.takes(product_of(Turned{a}, Tensor::ones({4, 5}, float32))));
  CHECK(!sum.takes(Product(transpose(a), b, row)));
  CHECK(!sum.takes(product_of(Tensor::ones({2, 3, 4}), b)));
  CHECK(!sum.takes(product_of(Turned{Tensor::ones({0, 6})}, Tensor::ones({0, 5}))));
  sum.add(product_of(Turned{a}, b));
  CHECK(sum.takes(product_of(Turned{Tensor::ones({9, 6})}, Tensor::ones({9, 5}))));
  CHECK(!sum.takes(product_of(Turned{Tensor::ones({4, 7})}, b)));
  CHECK(!sum.takes(product_of(Turned{a}, Tensor::ones({4, 6}))));
  CHECK(
      !sum.takes(product_of(Turned{Tensor::ones({4, 6}, float32)}, Tensor::ones({4, 5}, float32))));
}
