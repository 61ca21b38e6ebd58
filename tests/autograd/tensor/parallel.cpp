// Threads change no result, to the bit, and none is lost.
#include <algorithm>
#include <atomic>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/product.hpp>
#include <mutex>
#include <tests/autograd/compare.hpp>
#include <thread>

using namespace brickgrad;

namespace {

/// Restores the number of threads.
struct Threads {
  explicit Threads(int n) : before(num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
  int before;
};

}  // namespace

TEST_CASE("parallel_for visits every element once, in whole units", "[tensor]") {
  const Threads threads(4);
  for (const std::int64_t n : {0, 1, 7, 64, 1000, 100001}) {
    for (const Grain grain : {Grain(1), Grain(64, 64), Grain(5000, 3), Grain(1, 700, 1)}) {
      std::vector<std::atomic<int>> visits(static_cast<std::size_t>(n));
      std::atomic<bool> whole = true;
      parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
        if (begin % grain.unit != 0 || (end % grain.unit != 0 && end != n)) whole = false;
        for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
      });
      CHECK(whole);
      CHECK(std::all_of(visits.begin(), visits.end(), [](const auto& v) { return v == 1; }));
    }
  }
}

TEST_CASE("the parts of parallel work are equal, as many for every thread", "[tensor]") {
  const auto lengths = [](int count, std::int64_t n, Grain grain) {
    const Threads threads(count);
    std::mutex mutex;
    std::vector<std::int64_t> out;
    parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
      const std::lock_guard lock(mutex);
      out.push_back(end - begin);
    });
    std::sort(out.begin(), out.end());
    return out;
  };
  using Lengths = std::vector<std::int64_t>;
  CHECK(lengths(2, 16, 5) == Lengths{4, 4, 4, 4});
  CHECK(lengths(2, 16, 6) == Lengths{8, 8});
  CHECK(lengths(3, 7, {1, 1, 1}) == Lengths{2, 2, 3});
  CHECK(lengths(2, 640, {100, 64, 1}) == Lengths{320, 320});
  CHECK(lengths(4, 100, 100) == Lengths{100});
}

TEST_CASE("parallel work inside parallel work runs where it is", "[tensor]") {
  const Threads threads(3);
  std::atomic<std::int64_t> total = 0;
  parallel_for(100, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      parallel_for(10, 1, [&](std::int64_t from, std::int64_t to) { total += to - from; });
  });
  CHECK(total == 1000);
}

TEST_CASE("several threads may use large tensors at once", "[tensor]") {
  const Threads threads(2);
  const Tensor x = Tensor::rand({300, 300}, 1);
  const Tensor wanted = matmul(x, x) + exp(x);
  std::atomic<int> right = 0;
  std::vector<std::thread> users;
  for (int k = 0; k < 3; ++k)
    users.emplace_back([&] {
      for (int i = 0; i < 20; ++i)
        if (identical(matmul(x, x) + exp(x), wanted)) ++right;
    });
  for (std::thread& t : users) t.join();
  CHECK(right == 60);
}

TEST_CASE("the number of threads changes no result", "[tensor]") {
  const auto results = [](int count) {
    const Threads threads(count);
    std::vector<Tensor> out;
    for (const DType dtype : {float64, float32}) {
      // Sums of columns by groups of rows, narrow and wide.
      for (const Shape& shape : {Shape{30000, 10}, Shape{700, 5000}, Shape{9, 40000}})
        out.push_back(sum(Tensor::randn(shape, 6, dtype), 0));
      // And where few columns are left over, which are summed in an order of their own.
      for (const std::int64_t columns : {65, 130, 132, 143, 2050, 4098, 8195}) {
        const Tensor x = Tensor::randn({250, columns}, 7, dtype);
        Value bias{Tensor::zeros({columns}, dtype)};
        (constant(x) + bias).backward(x);
        out.insert(out.end(), {sum(x, 0), bias.grad()});
      }
      // A batch of one.
      out.push_back(Tensor::randn({1, 3, 128, 128}, 8, dtype) - Tensor::randn({3, 128, 128}, 9));
      const Value a{Tensor::randn({300, 257}, 1, dtype)}, b{Tensor::randn({257, 310}, 2, dtype)},
          row{Tensor::randn({310}, 3, dtype)}, gain{Tensor::ones({310}, dtype)};
      const Value y = layer_norm(tanh(matmul(a, b) + row) * row, gain, row);
      const Value z = softmax(y, 1) + log_softmax(y, 0);
      const Value w{Tensor::randn({4, 3, 3, 3}, 4, dtype)},
          images{Tensor::randn({12, 3, 20, 33}, 5, dtype)};
      const Value conv = max_pool2d(conv2d(images, w, {1, 1}), 2);
      const Value batches = matmul(reshape(a, {3, 100, 257}), reshape(a, {3, 257, 100}));
      const Value loss = sum(square(z)) + mean(exp(conv)) + sum(batches) + sum(sum(z, 0) * row);
      loss.backward();
      out.insert(out.end(), {loss.data(), sum(z, 0).data(), sum(z, 1).data(), max(z).data()});
      for (const Value& v : {a, b, row, gain, w, images}) out.push_back(v.grad());
    }
    return out;
  };
  const auto one = results(1), two = results(2), five = results(5);
  for (std::size_t i = 0; i < one.size(); ++i) {
    INFO("result " << i);
    CHECK(identical(one[i], two[i]));
    CHECK(identical(one[i], five[i]));
  }
}

TEST_CASE("a product of any number of rows is the same on any number of threads", "[tensor]") {
  for (const std::int64_t rows : {1, 2, 47, 48, 49, 95, 96, 97, 145}) {
    const Tensor a = Tensor::randn({rows, 256}, 1), b = Tensor::randn({256, 256}, 2);
    const auto product = [&](int count) {
      const Threads threads(count);
      return matmul(a, b);
    };
    INFO(rows << " rows");
    CHECK(identical(product(1), product(2)));
    CHECK(identical(product(1), product(4)));
  }
}

TEST_CASE("threads that share the terms of a product sum the same halves", "[tensor]") {
  const DType dtype = GENERATE(float32, float64);
  const bool turned = GENERATE(false, true);
  // Of large weights, and of the rows of a batch. Odd numbers of terms, few and many, and rows with
  // gaps between them.
  using Sizes = std::vector<std::int64_t>;
  const std::vector<Sizes> all =
      turned ? std::vector<Sizes>{{64, 1024, 256}, {33, 777, 70}, {1, 9000, 130}, {48, 5000, 9}}
             : std::vector<Sizes>{{128, 784, 256}, {32, 257, 128}, {9, 511, 48}, {100, 1023, 192}};
  for (const Sizes& s : all)
    for (const std::int64_t gap : {0, 16}) {
      const std::int64_t rows = s[0], terms = s[1], columns = s[2];
      const Tensor a = turned ? transpose(Tensor::randn({terms, rows + gap}, 1, dtype))
                              : Tensor::randn({rows, terms + gap}, 1, dtype),
                   b = Tensor::randn({terms, columns + gap}, 2, dtype),
                   row = Tensor::randn({columns}, 3, dtype),
                   whole = Tensor::randn({rows, columns}, 4, dtype);
      const Tensor x = slice(slice(a, 0, 0, rows), 1, 0, terms), w = slice(b, 1, 0, columns);
      const auto products = [&](int count) {
        const Threads threads(count);
        Tensor added = whole.clone();
        Product(x, w).compute(added.raw(), dtype, true);
        return std::vector<Tensor>{matmul(x, w), Tensor(Product(x, w, row)),
                                   Tensor(Product(x, w, whole)), added};
      };
      const double near = (dtype == float64 ? 1e-15 : 1e-6) * static_cast<double>(terms);
      const std::vector<Tensor> one = products(1);
      const Tensor parts = matmul(slice(x, 1, 0, 200), slice(w, 0, 0, 200)) +
                           matmul(slice(x, 1, 200, terms), slice(w, 0, 200, terms));
      CHECK(distance(one[0], parts) < near);
      CHECK(distance(one[1], parts + row) < near);
      CHECK(distance(one[2], parts + whole) < near);
      CHECK(distance(one[3], parts + whole) < near);
      for (const int count : {2, 3, 4, 6, 7}) {
        const std::vector<Tensor> others = products(count);
        for (std::size_t i = 0; i < one.size(); ++i) {
          INFO("product " << i << " of " << rows << " x " << terms << " x " << columns << ", "
                          << count << " threads");
          CHECK(identical(one[i], others[i]));
        }
      }
    }
}

TEST_CASE("both gradients of a product are the same on any number of threads", "[tensor]") {
  const auto gradients = [](int count, std::int64_t rows, bool twice) {
    const Threads threads(count);
    Value x{Tensor::randn({rows, 128}, 1)}, w{Tensor::randn({128, 128}, 2)};
    const Value y = twice ? matmul(w, w) + matmul(w, w) : matmul(x, w);
    y.backward(Tensor::randn(y.shape(), 3));
    y.backward(Tensor::randn(y.shape(), 4));
    return std::vector<Tensor>{twice ? w.grad() : x.grad(), w.grad()};
  };
  // Too small to share, each on a thread of its own, divided; and of one matrix with itself.
  for (const std::int64_t rows : {16, 64, 128, 500, 1024})
    for (const bool twice : {false, true}) {
      const auto one = gradients(1, rows, twice);
      for (const int count : {2, 3, 4}) {
        const auto others = gradients(count, rows, twice);
        INFO(rows << " rows, " << count << " threads");
        CHECK(identical(one[0], others[0]));
        CHECK(identical(one[1], others[1]));
      }
    }
}

TEST_CASE("a compiled function has the same gradients of products", "[tensor]") {
  Value w{Tensor::randn({128, 144}, 2, float32)};
  const Tensor x = Tensor::randn({128, 128}, 1, float32);
  const auto loss = [&](const Value& v) { return sum(square(matmul(v * 2.0, w))); };
  const auto gradients = [&](int count, auto&& f) {
    const Threads threads(count);
    std::vector<Tensor> out;
    for (int i = 0; i < 3; ++i) {
      Value v{x};
      w.zero_grad();
      f(v).backward();
      out.push_back(w.grad().clone());
    }
    return out;
  };
  const std::vector<Tensor> wanted = gradients(1, loss);
  for (const int count : {1, 2, 5}) {
    auto compiled = compile(loss);
    for (const Tensor& g : gradients(count, compiled)) CHECK(identical(g, wanted[0]));
  }
}

TEST_CASE("an exception in parallel work reaches the caller", "[tensor]") {
  const Threads threads(3);
  for (int i = 0; i < 20; ++i)
    CHECK_THROWS_AS(parallel_for(100, 1,
                                 [](std::int64_t begin, std::int64_t) {
                                   if (begin > 10) throw Error("stop");
                                 }),
                    Error);
  std::atomic<std::int64_t> total = 0;
  parallel_for(100, 1, [&](std::int64_t begin, std::int64_t end) { total += end - begin; });
  CHECK(total == 100);
}

TEST_CASE("at least one thread is wanted", "[tensor]") {
  CHECK_THROWS_WITH(set_num_threads(0), contains("at least one"));
  CHECK(num_threads() >= 1);
}
