// Does work that moves much and computes little run as fast as the memory? Against a plain triad
// a = b + s c over as many elements, scaled by the bytes that must move: 12 an element for the
// triad, and for the others 4 where they only read, 8 where they write as much as they read. As in
// the STREAM benchmark, that the processor reads a line before it writes to it does not count.
#include <autograd/autograd.hpp>
#include <cmath>
#include <memory>

#include "data.hpp"

namespace bench {

namespace {

constexpr std::int64_t side = 4096;
constexpr double triad_bytes = 12, epsilon = 1e-5;

/// The rows of a result that are compared, and column by column what they should be.
constexpr std::int64_t sampled[] = {0, 1371, side - 1};

struct Case {
  std::string name, title;
  /// For an element of the input; everything else is small beside it.
  double bytes;
  Tensor (*run)(const Tensor& x, const Tensor& row);
  /// What the result should be, where it has as many elements as this.
  void (*expected)(const float* x, const float* row, std::int64_t rows, std::vector<double>& out);
  std::int64_t rows = side, columns = side;
};

/// A few rows of a result of the input's shape; all of a smaller one.
std::vector<double> sample(const Tensor& y, std::int64_t rows) {
  if (y.rank() < 2) return y.to_vector();
  std::vector<double> out;
  for (std::int64_t i : sampled)
    if (i < rows)
      for (double v : y[i].to_vector()) out.push_back(v);
  return out;
}

void sum_all(const float* x, const float*, std::int64_t rows, std::vector<double>& out) {
  out.assign(1, 0);
  for (std::int64_t i = 0; i < rows * side; ++i) out[0] += x[i];
}
void sum_columns(const float* x, const float*, std::int64_t rows, std::vector<double>& out) {
  out.assign(side, 0);
  for (std::int64_t i = 0; i < rows * side; ++i) out[static_cast<std::size_t>(i % side)] += x[i];
}
void sum_rows(const float* x, const float*, std::int64_t rows, std::vector<double>& out) {
  out.assign(static_cast<std::size_t>(rows), 0);
  for (std::int64_t i = 0; i < rows * side; ++i) out[static_cast<std::size_t>(i / side)] += x[i];
}
void softmax_rows(const float* x, const float*, std::int64_t, std::vector<double>& out) {
  for (std::int64_t i : sampled) {
    double total = 0;
    for (std::int64_t j = 0; j < side; ++j) total += std::exp(static_cast<double>(x[i * side + j]));
    for (std::int64_t j = 0; j < side; ++j)
      out.push_back(std::exp(static_cast<double>(x[i * side + j])) / total);
  }
}
void layer_norm_rows(const float* x, const float* row, std::int64_t, std::vector<double>& out) {
  for (std::int64_t i : sampled) {
    double mean = 0, variance = 0;
    for (std::int64_t j = 0; j < side; ++j) mean += x[i * side + j] / static_cast<double>(side);
    for (std::int64_t j = 0; j < side; ++j)
      variance += std::pow(x[i * side + j] - mean, 2) / static_cast<double>(side);
    for (std::int64_t j = 0; j < side; ++j)
      out.push_back((x[i * side + j] - mean) / std::sqrt(variance + epsilon) * row[j] + row[j]);
  }
}
void transposed(const float* x, const float*, std::int64_t rows, std::vector<double>& out) {
  for (std::int64_t i : sampled)
    for (std::int64_t j = 0; j < rows; ++j) out.push_back(x[j * side + i]);
}
void row_added(const float* x, const float* row, std::int64_t, std::vector<double>& out) {
  for (std::int64_t i : sampled)
    for (std::int64_t j = 0; j < side; ++j) out.push_back(x[i * side + j] + row[j]);
}

struct Memory {
  Case what;
  Tensor x, row;
  limits::Triad hand;

  explicit Memory(const Case& c)
      : what(c),
        x(Tensor::rand({c.rows, c.columns}, 1, brickgrad::float32)),
        row(Tensor::rand({c.columns}, 2, brickgrad::float32)),
        hand(c.rows * c.columns) {}
};

Sides sides(const Case& c) {
  const auto s = std::make_shared<Memory>(c);
  return {
      [s](int steps) {
        for (int i = 0; i < steps; ++i) keep(s->what.run(s->x, s->row).data<float>()[0]);
      },
      [s](int steps) {
        for (int i = 0; i < steps; ++i) {
          s->hand.step(static_cast<float>(i));
          keep(s->hand.a[0]);
        }
      },
      [s] {
        const Case& w = s->what;
        std::vector<double> expected;
        w.expected(s->x.data<float>(), s->row.data<float>(), w.rows, expected);
        return std::vector<Result>{{w.title, sample(w.run(s->x, s->row), w.rows), expected, 1e-5}};
      },
      {},
      {s->x, s->row}};
}

}  // namespace

void memory_bound(Workloads& all) {
  const std::vector<Case> cases = {
      {"sum", "sum of 2^24", 4, [](const Tensor& x, const Tensor&) { return sum(x); }, sum_all},
      {"sum_small", "sum of 2^20", 4, [](const Tensor& x, const Tensor&) { return sum(x); },
       sum_all, side / 16},
      {"sum_axis0", "sum over axis 0, 4096 x 4096", 4,
       [](const Tensor& x, const Tensor&) { return sum(x, 0); }, sum_columns},
      {"sum_axis1", "sum over axis 1, 4096 x 4096", 4,
       [](const Tensor& x, const Tensor&) { return sum(x, 1); }, sum_rows},
      {"softmax", "softmax of rows, 4096 x 4096", 8,
       [](const Tensor& x, const Tensor&) { return softmax(x); }, softmax_rows},
      {"layer_norm", "layer norm of rows, 4096 x 4096", 8,
       [](const Tensor& x, const Tensor& row) -> Tensor {
         return layer_norm(x, row, row, epsilon);
       },
       layer_norm_rows},
      {"transpose", "transpose copied, 4096 x 4096", 8,
       [](const Tensor& x, const Tensor&) { return transpose(x).contiguous(); }, transposed},
      {"add_row", "x + row, 4096 x 4096", 8,
       [](const Tensor& x, const Tensor& row) { return x + row; }, row_added},
  };
  for (const Case& c : cases)
    all.push_back({.name = "memory_" + c.name,
                   .title = c.title + ", float32",
                   .target = 1.3,
                   .make = [c] { return sides(c); },
                   .limit_scale = c.bytes / triad_bytes});
}

}  // namespace bench
