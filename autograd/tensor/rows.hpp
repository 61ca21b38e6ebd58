// Work on rows: on several threads, and summed so that rounding errors stay small.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/tensor.hpp>
#include <vector>

namespace brickgrad {

/// Elements that are worth a thread.
inline constexpr std::int64_t thread_grain = 32768;
/// Threads that write multiples of so many elements share no line of a cache, nor do their vectors
/// end within.
inline constexpr std::int64_t whole_lines = 64;

/// Elements a block: a few blocks of float64 fit the first-level cache.
inline constexpr std::int64_t block_size = 512;

/// Results larger than this would not stay in the caches anyway: worth writing past them.
inline constexpr std::int64_t cached_bytes = std::int64_t{8} << 20;

/// Whether a result of these rows should be written past the cache: short rows would pay more for
/// their ends than they save.
inline bool passes_cache(const Tensor& result) {
  constexpr std::int64_t shortest_row = 256;
  return result.numel() * static_cast<std::int64_t>(item_size(result.dtype())) > cached_bytes &&
         result.shape().back() >= shortest_row;
}

/// Calls f(begin, end) for parts of `count` rows, on several threads when they are large; `length`
/// is how many elements a row costs.
template <class F>
void for_rows(std::int64_t count, std::int64_t length, const F& f) {
  parallel_for(count, std::max<std::int64_t>(1, thread_grain / std::max<std::int64_t>(1, length)),
               f);
}

/// The sum of sum_of(begin, end) over pieces of [0, n), on several threads. The pieces do not
/// depend on the number of threads.
template <class F>
double sum_in_pieces(std::int64_t n, std::int64_t piece, const F& sum_of) {
  if (n <= piece) return sum_of(std::int64_t{0}, n);
  std::vector<double> sums(static_cast<std::size_t>((n + piece - 1) / piece));
  const auto count = static_cast<std::int64_t>(sums.size());
  parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      sums[static_cast<std::size_t>(i)] = sum_of(i * piece, std::min(n, (i + 1) * piece));
  });
  return kernels().of(float64).sum(count, sums.data());
}

/// to += the sum of rows of `Columns` elements, which are `stride` apart.
template <int Columns, class T>
void add_few_rows(const T* x, std::int64_t count, std::int64_t stride, T* to) {
  T sum[Columns]{};
  for (std::int64_t i = 0; i < count; ++i, x += stride)
    for (int j = 0; j < Columns; ++j) sum[j] += x[j];
  for (int j = 0; j < Columns; ++j) to[j] += sum[j];
}

/// to += the sum over rows of their first `columns` elements; neighbouring rows are `stride` apart.
/// Blocks of rows are summed pairwise, so that rounding errors grow with the logarithm of `count`.
template <class T>
void add_rows(const T* x, std::int64_t count, std::int64_t stride, std::int64_t columns, T* to) {
  // As many columns at a time as stay in the nearest cache.
  constexpr std::int64_t block = 128, chunk = 16384 / sizeof(T);
  if (count >= 8 && count <= block && columns <= 8) {
    // A product with a row of ones, which keeps the sums in registers.
    const T one = 1;
    kernels()
        .of(dtype_of<T>)
        .matmul({&one, 1, count, 0, 0}, {x, count, columns, stride, 1}, {}, to, columns, true);
  } else if (columns >= chunk + whole_lines) {
    // The last chunk has what is left over: few columns would be summed in another order.
    for (std::int64_t j = 0, end; j < columns; j = end) {
      end = columns - j < chunk + whole_lines ? columns : j + chunk;
      add_rows(x + j, count, stride, end - j, to + j);
    }
  } else if (count > block) {
    const std::int64_t half = count / 2;
    for (const auto& [from, rows] :
         {std::pair{x, half}, std::pair{x + half * stride, count - half}}) {
      std::vector<T> sum(static_cast<std::size_t>(columns));
      add_rows(from, rows, stride, columns, sum.data());
      kernels().of(dtype_of<T>).axpy(columns, 1, sum.data(), to);
    }
  } else if (columns == 2) {
    add_few_rows<2>(x, count, stride, to);
  } else if (columns == 3) {
    add_few_rows<3>(x, count, stride, to);
  } else if (columns < 16) {
    for (std::int64_t j = 0; j < columns; ++j) {
      const T* at = x + j;
      T sum = 0;
      for (std::int64_t i = 0; i < count; ++i, at += stride) sum += *at;
      to[j] += sum;
    }
  } else {
    kernels().of(dtype_of<T>).add_rows(count, stride, columns, x, to);
  }
}

/// The same for a large contiguous matrix, on several threads. Groups of rows have sums of their
/// own, whatever the number of threads, and are read as they lie.
template <class T>
[[gnu::noinline]] void sum_many_rows(const T* x, std::int64_t rows, std::int64_t columns,
                                     std::int64_t work, T* to) {
  const std::int64_t group = std::max<std::int64_t>(128, work / columns),
                     groups = (rows + group - 1) / group;
  if (groups <= 2) {
    // The last part has what whole lines leave over: few columns would be summed in another order.
    const std::int64_t lines = std::max<std::int64_t>(1, columns / whole_lines);
    return parallel_for(lines, std::max<std::int64_t>(1, thread_grain / rows / whole_lines),
                        [&](std::int64_t first, std::int64_t last) {
                          const std::int64_t begin = first * whole_lines,
                                             end = last == lines ? columns : last * whole_lines;
                          add_rows(x + begin, rows, columns, end - begin, to + begin);
                        });
  }
  const Tensor sums = Tensor::zeros({groups, columns}, dtype_of<T>);
  T* of_group = static_cast<T*>(sums.raw());
  for_rows(groups, group * columns, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      add_rows(x + i * group * columns, std::min(group, rows - i * group), columns, columns,
               of_group + i * columns);
  });
  add_rows(of_group, groups, columns, columns, to);
}

/// The same for a contiguous matrix of any size.
template <class T>
void sum_columns(const T* x, std::int64_t rows, std::int64_t columns, T* to) {
  constexpr std::int64_t work = thread_grain / 2;
  if (rows * columns > work) return sum_many_rows(x, rows, columns, work, to);
  add_rows(x, rows, columns, columns, to);
}

}  // namespace brickgrad
