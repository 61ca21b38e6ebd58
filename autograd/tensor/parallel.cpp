#include <algorithm>
#include <atomic>
#include <autograd/error.hpp>
#include <autograd/tensor/parallel.hpp>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace brickgrad {
namespace internal {
namespace {

constexpr int most_threads = 256;

int threads_wanted() {
  if (const char* text = std::getenv("BRICKGRAD_NUM_THREADS")) {
    int count = 0;
    const char* end = text + std::strlen(text);
    if (std::from_chars(text, end, count).ptr == end && count >= 1)
      return std::min(count, most_threads);
  }
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, most_threads);
}

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/// What is left of the job at hand: which job it is, and the parts that nobody has taken. One
/// number, so that nobody takes a part of a job that is over. The caller takes the first ones,
/// other threads the last, so that what follows on the same data finds it in the caches it was left
/// in.
struct Ticket {
  std::uint32_t job;
  std::uint16_t end, next;
  static Ticket of(std::uint64_t bits) {
    return {static_cast<std::uint32_t>(bits >> 32), static_cast<std::uint16_t>(bits >> 16),
            static_cast<std::uint16_t>(bits)};
  }
  std::uint64_t bits() const { return std::uint64_t{job} << 32 | std::uint64_t{end} << 16 | next; }
};

thread_local bool inside = false;

class Pool {
 public:
  std::atomic<int> threads{threads_wanted()};

  /// False when another thread is using the pool.
  bool run(std::int64_t n, std::int64_t unit, int parts, Chunk chunk, void* context) {
    std::unique_lock lock(busy_, std::try_to_lock);
    if (!lock) return false;
    start_workers(threads.load(std::memory_order_relaxed) - 1);
    chunk_ = chunk;
    context_ = context;
    n_ = n;
    unit_ = unit;
    parts_ = parts;
    done_.store(0, std::memory_order_relaxed);
    const std::uint32_t job = Ticket::of(ticket_.load(std::memory_order_relaxed)).job + 1;
    ticket_.store(Ticket{job, static_cast<std::uint16_t>(parts), 1}.bits());
    ticket_.notify_all();
    inside = true;
    do_part(0);  // does not throw
    while (take_part(true)) {}
    inside = false;
    for (int spins = 0; done_.load(std::memory_order_acquire) != parts; ++spins)
      if (spins < 10000)
        pause();
      else
        std::this_thread::yield();
    if (const std::exception_ptr error = std::exchange(error_, nullptr))
      std::rethrow_exception(error);
    return true;
  }

 private:
  /// The first parts are the longer ones, by a unit.
  std::int64_t begin_of(std::int64_t part) const {
    const std::int64_t units = (n_ + unit_ - 1) / unit_;
    return std::min(n_, (units * part + parts_ - 1) / parts_ * unit_);
  }

  void do_part(std::int64_t part) {
    try {
      chunk_(context_, begin_of(part), begin_of(part + 1));
    } catch (...) {
      const std::lock_guard lock(error_mutex_);
      error_ = std::current_exception();
    }
    done_.fetch_add(1, std::memory_order_acq_rel);
  }

  /// Does one part of the job at hand; false when none is left.
  bool take_part(bool first) {
    std::uint64_t bits = ticket_.load(std::memory_order_acquire);
    for (;;) {
      Ticket t = Ticket::of(bits);
      if (t.next == t.end) return false;
      const std::int64_t part = first ? t.next++ : --t.end;
      if (!ticket_.compare_exchange_weak(bits, t.bits(), std::memory_order_acq_rel,
                                         std::memory_order_acquire))
        continue;
      do_part(part);
      return true;
    }
  }

  void work(int index) {
    inside = true;
    for (;;) {
      const bool is_wanted = index < threads.load(std::memory_order_relaxed) - 1;
      if (is_wanted)
        while (take_part(false)) {}
      const std::uint64_t seen = ticket_.load(std::memory_order_acquire);
      if (is_wanted) {
        if (Ticket::of(seen).next != Ticket::of(seen).end) continue;
        // The next job often follows soon.
        for (int spins = 0; spins < 12000; ++spins) {
          if (ticket_.load(std::memory_order_relaxed) != seen) break;
          pause();
        }
      }
      ticket_.wait(seen);
    }
  }

  void start_workers(int wanted) {
    for (; workers_ < wanted; ++workers_)
      std::thread([this, index = workers_] { work(index); }).detach();
  }

  std::mutex busy_, error_mutex_;
  std::exception_ptr error_;  // what a part of the job threw
  int workers_ = 0;
  // In one cache line, which all that is known of a job comes with.
  alignas(64) std::atomic<std::uint64_t> ticket_{0};
  Chunk chunk_ = nullptr;
  void* context_ = nullptr;
  std::int64_t n_ = 0, unit_ = 1, parts_ = 1;
  alignas(64) std::atomic<int> done_{0};
};

// Never destroyed: its threads may outlive everything else.
Pool& pool() {
  static auto& instance = *new Pool;
  return instance;
}

}  // namespace

void run_chunks(std::int64_t n, Grain grain, Chunk run, void* context) {
  if (!inside) {
    Pool& p = pool();
    const std::int64_t threads = p.threads.load(std::memory_order_relaxed);
    std::int64_t parts =
        std::min<std::int64_t>({(n + grain.size - 1) / grain.size,
                                (n + grain.unit - 1) / grain.unit, grain.parts * threads});
    if (parts > threads) parts -= parts % threads;
    if (threads > 1 && parts > 1 && p.run(n, grain.unit, static_cast<int>(parts), run, context))
      return;
  }
  run(context, 0, n);
}

}  // namespace internal

int num_threads() { return internal::pool().threads.load(std::memory_order_relaxed); }

void set_num_threads(int count) {
  if (count < 1) fail("set_num_threads: {} threads; it takes at least one", count);
  internal::pool().threads.store(std::min(count, internal::most_threads),
                                 std::memory_order_relaxed);
}

}  // namespace brickgrad
