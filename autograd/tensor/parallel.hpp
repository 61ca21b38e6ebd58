// Threads for large tensors. They start once, sleep when there is nothing to do, and are left alone
// by small work.
//   set_num_threads(2);  num_threads();
#pragma once

#include <cstdint>
#include <type_traits>

namespace brickgrad {

/// How many threads large tensors are computed with: the environment variable
/// BRICKGRAD_NUM_THREADS, or else one a processor. Results do not depend on it.
int num_threads();
/// Throws Error for less than 1.
void set_num_threads(int count);

/// How work is divided: `size` is what is not worth a thread, parts begin at multiples of `unit`,
/// and a thread has at most `parts`. A few of them even out what disturbs one thread; one is better
/// where each has a cost of its own.
struct Grain {
  constexpr Grain(std::int64_t size_, std::int64_t unit_ = 1, int parts_ = 4)
      : size(size_), unit(unit_), parts(parts_) {}
  std::int64_t size, unit;
  int parts;
};

namespace internal {

using Chunk = void (*)(void* context, std::int64_t begin, std::int64_t end);
void run_chunks(std::int64_t n, Grain grain, Chunk run, void* context);

}  // namespace internal

/// Calls f(begin, end) for parts of [0, n) on several threads, as equal as their units allow, and
/// returns when all are done. When f throws, the other parts are done nevertheless, and one
/// exception reaches the caller. Inside parts, and while another thread has the pool, nothing is
/// divided.
template <class F>
void parallel_for(std::int64_t n, Grain grain, F&& f) {
  if (n <= grain.size) {
    if (n > 0) f(std::int64_t{0}, n);
    return;
  }
  using Function = std::remove_reference_t<F>;
  internal::run_chunks(
      n, grain,
      [](void* context, std::int64_t begin, std::int64_t end) {
        (*static_cast<Function*>(context))(begin, end);
      },
      const_cast<std::remove_const_t<Function>*>(&f));
}

}  // namespace brickgrad
