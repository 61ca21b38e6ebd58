// Kernels stay within their operands: these end, or begin, where memory must not be touched, and so
// do the results of products. What is computed there is what is computed elsewhere.
#include <autograd/tensor/product.hpp>
#include <autograd/tensor/structural.hpp>
#include <cstring>
#include <functional>
#include <tests/autograd/compare.hpp>
#include <tests/autograd/ops/registry.hpp>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#include <unistd.h>

using namespace brickgrad;

namespace {

enum class Side { behind, before };

/// Elements in pages of their own, with a page that cannot be touched at one side.
class Fenced {
 public:
  Fenced(const Shape& shape, DType dtype, Side side) : shape_(shape), dtype_(dtype) {
    const auto bytes = static_cast<std::size_t>(shape.numel()) * item_size(dtype),
               page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE)),
               room = (bytes + page - 1) / page * page;
    size_ = room + page;
    void* pages = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    pages_ = static_cast<std::byte*>(pages);
    const bool behind = side == Side::behind;
    if (mprotect(behind ? pages_ + room : pages_, page, PROT_NONE) != 0) throw std::bad_alloc();
    data_ = behind ? pages_ + room - bytes : pages_ + page;
  }
  Fenced(const Tensor& t, Side side) : Fenced(t.shape(), t.dtype(), side) {
    const Tensor from = t.contiguous();
    if (t.numel() > 0)
      std::memcpy(data_, from.raw(), static_cast<std::size_t>(t.numel()) * item_size(dtype_));
  }
  Fenced(const Fenced&) = delete;
  Fenced& operator=(const Fenced&) = delete;
  ~Fenced() { munmap(pages_, size_); }

  Tensor tensor() const { return Tensor::borrow(data_, shape_, dtype_); }

 private:
  Shape shape_;
  DType dtype_;
  std::size_t size_;
  std::byte *pages_, *data_;
};

using Tensors = std::vector<Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

/// Whether f gives the same where its operands are fenced.
bool stays_within(const Function& f, const Tensors& operands, Side side) {
  std::vector<std::unique_ptr<Fenced>> fences;
  Tensors fenced;
  for (const Tensor& t : operands) {
    fences.push_back(std::make_unique<Fenced>(t, side));
    fenced.push_back(fences.back()->tensor());
  }
  const Tensors a = f(operands), b = f(fenced);
  bool same = a.size() == b.size();
  for (std::size_t i = 0; same && i < a.size(); ++i) same = identical(a[i], b[i]);
  return same;
}

void check(const char* what, const std::vector<Shape>& shapes, const Function& f) {
  for (const DType dtype : {float64, float32})
    for (const Side side : {Side::behind, Side::before}) {
      Tensors operands;
      for (std::size_t k = 0; k < shapes.size(); ++k)
        operands.push_back(Tensor::randn(shapes[k], 10 + k, dtype));
      CAPTURE(what, to_string(shapes[0]), dtype_name(dtype));
      CHECK(stays_within(f, operands, side));
    }
}

// Around the lengths of vectors and tiles.
const std::int64_t lengths[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 48, 63, 65, 130};

}  // namespace

TEST_CASE("products stay within their operands", "[tensor]") {
  std::uint64_t seed = 1;
  const auto next = [&] {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return lengths[(seed >> 33) % std::size(lengths)];
  };
  // The last ones are large enough to be computed block by block.
  constexpr std::int64_t large[][3] = {
      {530, 400, 67}, {70, 20, 3800}, {1100, 30, 250}, {40, 1100, 400}};
  constexpr int small = 400, each = 16;
  for (int i = 0; i < small + each * static_cast<int>(std::size(large)); ++i) {
    std::int64_t n = next(), inner = next(), m = next();
    if (i >= small) {
      const auto& s = large[(i - small) / each];
      n = s[0], inner = s[1], m = s[2];
    }
    const DType dtype = i % 2 ? float32 : float64;
    const Side side = i / 2 % 2 ? Side::behind : Side::before;
    const bool turn_a = i / 4 % 2, turn_b = i / 8 % 2, add = i / 16 % 2;
    const Shape of_a = turn_a ? Shape{inner, n} : Shape{n, inner},
                of_b = turn_b ? Shape{m, inner} : Shape{inner, m};
    const Tensor a = Tensor::randn(of_a, 1, dtype), b = Tensor::randn(of_b, 2, dtype),
                 bias = Tensor::randn(i / 32 % 2 ? Shape{m} : Shape{n, m}, 3, dtype);
    const Fenced fenced_a(a, side), fenced_b(b, side), fenced_bias(bias, side),
        to(Tensor::ones({n, m}, dtype), side);
    CAPTURE(n, inner, m, dtype_name(dtype), turn_a, turn_b, add);
    const auto turned = [](const Tensor& t, bool turn) { return turn ? t.swapped() : t; };
    const auto product = [&](const Tensor& x, const Tensor& y, const Tensor& z) {
      return product_of(turned(x, turn_a), turned(y, turn_b), z);
    };
    const Tensor wanted = Tensor::ones({n, m}, dtype);
    product(a, b, bias).compute(wanted.raw(), dtype, add);
    product(fenced_a.tensor(), fenced_b.tensor(), fenced_bias.tensor())
        .compute(to.tensor().raw(), dtype, add);
    CHECK(identical(to.tensor(), wanted));
    const Tensor plain = matmul(turned(a, turn_a), turned(b, turn_b)) + bias;
    CHECK(distance(wanted, add ? plain + 1.0 : plain) < (dtype == float64 ? 1e-12 : 1e-3));
  }
}

TEST_CASE("elementwise ops stay within their operands", "[tensor]") {
  for (const ElementwiseCase& op : elementwise_cases()) {
    CAPTURE(op.name);
    for (const std::int64_t n : lengths)
      for (const DType dtype : {float64, float32})
        for (const Side side : {Side::behind, Side::before})
          CHECK(stays_within([&](const Tensors& x) { return Tensors{op.of_tensors(x)}; },
                             samples(op, {Shape{n}}, dtype), side));
  }
}

TEST_CASE("layers stay within their operands", "[tensor]") {
  for (const std::int64_t n : lengths) {
    check("rows", {{3, n}, {n}, {n}, {3, n}}, [](const Tensors& x) {
      std::shared_ptr<Tensor> moments;
      return Tensors{normalized(x[0], x[1], x[2], 1e-5, moments),
                     normalized_gradient(x[3], x[0], x[1], moments),
                     normalized_gain_gradient(x[3], x[0], moments),
                     softmax(x[0]),
                     softmax(x[0], 0),
                     log_softmax(x[0]),
                     softmax_gradient(x[3], x[0], 1),
                     logsumexp(x[0], {0}),
                     sum(x[0]),
                     sum(x[0], {0}),
                     sum(x[0], {1}),
                     max(x[0], {0}),
                     max(x[0], {1}),
                     transpose(x[0]).contiguous(),
                     concat({x[0], x[3]}, 1),
                     mean_squared_error(x[0], x[3]),
                     mean_squared_error_gradient(x[0], x[3], Tensor::ones({}, x[0].dtype()))};
    });
    // More rows than one part of a batch has.
    check("lstm", {{2, 18, 4 * n}, {n, 4 * n}, {18, n}, {18, n}, {2, 3, 18, n}},
          [](const Tensors& x) {
            std::shared_ptr<Tensor> gates;
            const Tensor y = lstm_states(x[0], x[1], x[2], x[3], gates);
            const auto [to_x, to_h, to_c] = lstm_gradients(x[4], y, gates, x[1]);
            return Tensors{y, to_x, to_h, to_c};
          });
    check("lstm_cell",
          {{18, 5}, {18, n}, {18, n}, {5, 4 * n}, {n, 4 * n}, {18, 4 * n}, {4 * n}, {2, 18, n}},
          [](const Tensors& x) {
            Tensors all;
            for (const Tensor& bias : {x[5], x[6]}) {
              std::shared_ptr<Tensor> gates;
              all.push_back(lstm_state(x[0], x[1], x[2], x[3], x[4], bias, gates));
              const auto [to_gates, to_c] = lstm_cell_gradients(x[7], x[2], gates);
              all.insert(all.end(), {to_gates, to_c});
            }
            return all;
          });
    const std::int64_t high = n % 5 + 3, wide = n + 2;
    check("images", {{2, 3, high, wide}, {5, 3, 3, 3}, {5}, {2, 5, high - 2, wide - 2}},
          [](const Tensors& x) {
            const Tensor y = conv2d(x[0], x[1], x[2]);
            return Tensors{y,
                           conv2d(x[0], x[1], x[2], {.padding = 1}),
                           conv2d(x[0], x[1], x[2], {.stride = 2}),
                           conv2d_input(x[3], x[1], x[0].shape()),
                           conv2d_weight(x[0], x[3], x[1].shape()),
                           max_pool2d(x[0], 2),
                           max_unpool2d(max_pool2d(x[0], 2), x[0], 2),
                           max_select2d(x[0], x[0], 2)};
          });
  }
}

#endif
