// Products with few columns, where a call into a library costs more than the product: each row of
// the result is kept in a few registers of the width it needs.
#pragma once

#include <autograd/tensor/kernels/batch.hpp>
#include <autograd/tensor/matrix_view.hpp>
#include <bit>

namespace brickgrad::lanes {

template <class T, int Lanes>
struct RowVector {
  using Type [[gnu::vector_size(Lanes * sizeof(T))]] = T;
};
template <class T>
struct RowVector<T, 1> {
  using Type = T;
};

/// Copies the first n of up to Most numbers, by halves, quarters, …: a call would spill registers.
template <int Most, class T>
[[gnu::always_inline]] inline void copy_first(const T* from, T* to, std::int64_t n) {
  if (n >= Most) {
    std::memcpy(to, from, Most * sizeof(T));
    from += Most;
    to += Most;
    n -= Most;
  }
  if constexpr (Most > 1) copy_first<Most / 2>(from, to, n);
}

/// A row of up to Lanes * Count numbers; what is beyond its own ones is anything.
template <class T, int Lanes, int Count>
struct Row {
  static constexpr int size = Lanes * Count, most = std::bit_floor(unsigned{size});
  using Vector = typename RowVector<T, Lanes>::Type;
  Vector v[Count];

  static Row load(const T* p) {
    Row row;
    std::memcpy(row.v, p, sizeof row.v);
    return row;
  }
  static Row load_first(const T* p, std::int64_t n) {
    T all[size] = {};
    copy_first<most>(p, all, n);
    return load(all);
  }
  void store(T* p) const { std::memcpy(p, v, sizeof v); }
  void store_first(T* p, std::int64_t n) const {
    T all[size];
    store(all);
    copy_first<most>(all, p, n);
  }
  void add(const Row& other) {
    for (int i = 0; i < Count; ++i) v[i] += other.v[i];
  }
  void add_product(T factor, const Row& other) {
    for (int i = 0; i < Count; ++i) v[i] += factor * other.v[i];
  }
  /// Zero where `own` is zero.
  void keep(const Row& own) {
    for (int i = 0; i < Count; ++i) v[i] = own.v[i] != Vector{} ? v[i] : Vector{};
  }
};

/// c (+)= a b + bias. Whole registers are read and written: what they hold beyond a row belongs to
/// the next one, which is written later; the last row takes care.
template <class T, int Lanes, int Count>
class NarrowProduct {
 public:
  using Columns = Row<T, Lanes, Count>;
  static constexpr std::int64_t most_packed = 64;

  NarrowProduct(const MatrixView& a, const MatrixView& b, const T* bias, T* c, bool add)
      : a_(static_cast<const T*>(a.data)),
        b_(static_cast<const T*>(b.data)),
        c_(c),
        rows_(a.rows),
        inner_(a.columns),
        columns_(b.columns),
        row_stride_(a.row_stride),
        column_stride_(a.column_stride),
        b_stride_(b.row_stride),
        add_(add),
        bias_(bias ? Columns::load_first(bias, columns_) : Columns{}) {
    constexpr int size = Columns::size;
    if (b.column_stride != 1 && columns_ > 1) {
      for (std::int64_t k = 0; k < inner_; ++k)
        for (std::int64_t j = 0; j < size; ++j)
          packed_[k * size + j] = j < columns_ ? b_[k * b.row_stride + j * b.column_stride] : T(0);
      b_ = packed_;
      b_stride_ = size;
    }
    last_ = Columns::load_first(b_ + (inner_ - 1) * b_stride_, columns_);
    if (add_) {
      T own[size];
      for (int j = 0; j < size; ++j) own[j] = j < columns_ ? T(1) : T(0);
      own_ = Columns::load(own);
    }
  }

  /// How a row is summed depends on the inner extent alone, not on its neighbours.
  void run() {
    if (inner_ < 8)
      run_blocks<4, 1>();
    else
      run_blocks<2, 2>();
  }

 private:
  template <int Rows, int Sums>
  void run_blocks() {
    std::int64_t i = 0;
    for (; i + Rows <= rows_; i += Rows) run_block<Rows, Sums>(i);
    for (; i < rows_; ++i) run_block<1, Sums>(i);
  }

  /// Several rows at once, and each as several sums, so that their additions overlap.
  template <int Rows, int Sums>
  [[gnu::always_inline]] void run_block(std::int64_t i) {
    Columns sum[Rows][Sums] = {};
    for (int r = 0; r < Rows; ++r) sum[r][0] = bias_;
    const T *x = a_ + i * row_stride_, *y = b_;
    const std::int64_t stride = row_stride_, step = column_stride_, y_step = b_stride_;
    std::int64_t rest = inner_ - 1;
    for (; rest >= Sums; rest -= Sums)
      for (int s = 0; s < Sums; ++s, x += step, y += y_step) {
        const Columns row = Columns::load(y);
        for (int r = 0; r < Rows; ++r) sum[r][s].add_product(x[r * stride], row);
      }
    for (; rest > 0; --rest, x += step, y += y_step) {
      const Columns row = Columns::load(y);
      for (int r = 0; r < Rows; ++r) sum[r][0].add_product(x[r * stride], row);
    }
    for (int r = 0; r < Rows; ++r) {
      sum[r][0].add_product(x[r * stride], last_);
      for (int s = 1; s < Sums; ++s) sum[r][0].add(sum[r][s]);
    }
    T* c = c_ + i * columns_;
    const bool is_end = i + Rows == rows_ && columns_ < Columns::size;
    T* end = c + (Rows - 1) * columns_;
    if (add_) {
      Columns old[Rows];
      for (int r = 0; r < Rows - 1; ++r) old[r] = Columns::load(c + r * columns_);
      old[Rows - 1] = is_end ? Columns::load_first(end, columns_) : Columns::load(end);
      for (int r = 0; r < Rows; ++r) {
        sum[r][0].keep(own_);
        sum[r][0].add(old[r]);
      }
    }
    for (int r = 0; r < Rows - 1; ++r) sum[r][0].store(c + r * columns_);
    if (is_end)
      sum[Rows - 1][0].store_first(end, columns_);
    else
      sum[Rows - 1][0].store(end);
  }

  const T *a_, *b_;
  T* c_;
  std::int64_t rows_, inner_, columns_, row_stride_, column_stride_, b_stride_;
  bool add_;
  Columns bias_, last_, own_;
  T packed_[most_packed * Columns::size];
};

template <class T, int Lanes, int Count = 1>
bool run_narrow(const MatrixView& a, const MatrixView& b, const T* bias, T* c, bool add) {
  if (b.column_stride != 1 && b.columns > 1 &&
      a.columns > NarrowProduct<T, Lanes, Count>::most_packed)
    return false;
  NarrowProduct<T, Lanes, Count>(a, b, bias, c, add).run();
  return true;
}

/// False when the product is not of that kind.
template <class T>
bool narrow_matmul(const MatrixView& a, const MatrixView& b, const T* bias, T* c, bool add) {
  constexpr int width = Batch<T>::width;
  const std::int64_t n = b.columns;
  if (n < 1 || a.columns < 1 || a.rows * a.columns * n > 4096) return false;
  if (n == 1) return run_narrow<T, 1>(a, b, bias, c, add);
  if (n == 2) return run_narrow<T, 2>(a, b, bias, c, add);
  if constexpr (width >= 4)
    if (n <= 4) return run_narrow<T, 4>(a, b, bias, c, add);
  if constexpr (width >= 8)
    if (n <= 8) return run_narrow<T, 8>(a, b, bias, c, add);
  if constexpr (width >= 16)
    if (n <= 16) return run_narrow<T, 16>(a, b, bias, c, add);
  if (n <= 2 * width) return run_narrow<T, width, 2>(a, b, bias, c, add);
  if constexpr (width == 2) {
    if (n <= 6) return run_narrow<T, width, 3>(a, b, bias, c, add);
    if (n <= 8) return run_narrow<T, width, 4>(a, b, bias, c, add);
  }
  return false;
}

}  // namespace brickgrad::lanes
