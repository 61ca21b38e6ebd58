#include <algorithm>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/product_sum.hpp>

namespace brickgrad {

bool ProductSum::takes(const Product& p) const {
  const MatrixView &a = p.a_.view, &b = p.b_.view;
  if (!p.plain_ || p.bias_kind_ != Product::Bias::none || a.row_stride != 1 ||
      b.column_stride != 1 || a.columns == 0)
    return false;
  return empty() ||
         (p.dtype_ == dtype_ && a.rows == pairs_[0].a.rows && b.columns == pairs_[0].b.columns);
}

void ProductSum::add(const Product& p, const StorageRef& owner) {
  dtype_ = p.dtype_;
  terms_ += p.terms();
  pairs_.push_back({p.a_.view, p.b_.view});
  for (const StorageRef& storage : {p.a_.storage, p.b_.storage, owner})
    if (storage) kept_.push_back(storage);
}

void ProductSum::clear() {
  pairs_.clear();
  kept_.clear();
  terms_ = 0;
}

void compute_sums(std::span<const ProductSumJob> jobs) {
  constexpr std::int64_t tile = 8;  // rows, as the kernels take together
  std::int64_t rows = 0, work = 0;  // of the longest, and of a row of all
  for (const auto& [sum, to] : jobs) {
    const MatrixPair& first = sum->pairs_[0];
    rows = std::max(rows, first.a.rows);
    work += sum->terms_ * first.b.columns;
  }
  const std::int64_t tiles = (rows + tile - 1) / tile;
  // Parts of all: the first rows of each sum are the first part's.
  parallel_for(tiles, {1 + products_worth_a_thread / std::max<std::int64_t>(1, tile * work), 1, 1},
               [&](std::int64_t begin, std::int64_t end) {
                 for (const ProductSumJob& job : jobs) {
                   const std::vector<MatrixPair>& pairs = job.sum->pairs_;
                   const std::int64_t count = pairs[0].a.rows, own = (count + tile - 1) / tile;
                   const auto row_of = [=](std::int64_t i) {
                     return std::min(count, own * i / tiles * tile);
                   };
                   kernels()
                       .of(job.sum->dtype_)
                       .product_sum(pairs.data(), static_cast<std::int64_t>(pairs.size()),
                                    row_of(begin), row_of(end), job.to.data, job.to.add);
                 }
               });
}

}  // namespace brickgrad
