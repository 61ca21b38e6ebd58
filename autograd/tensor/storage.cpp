#include <array>
#include <autograd/error.hpp>
#include <autograd/tensor/storage.hpp>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace brickgrad {
namespace {

std::atomic<std::uint64_t> from_system{0}, bytes_from_system{0};

#ifdef BRICKGRAD_SANITIZE
constexpr bool has_pool = false;  // a pool would hide use after free
#else
constexpr bool has_pool = true;
#endif

// Four classes a doubling, from 64 bytes on: at most a quarter of a block is unused.
constexpr std::uint32_t class_count = 4 * 34;

std::uint32_t class_of(std::size_t bytes) {
  const std::size_t units = (bytes + 63) / 64;
  if (units <= 4) return units ? static_cast<std::uint32_t>(units - 1) : 0;
  const int top = std::bit_width(units - 1);  // units - 1 in [2^(top-1), 2^top)
  return static_cast<std::uint32_t>(4 * (top - 2) + static_cast<int>((units - 1) >> (top - 3)) - 4);
}

std::size_t class_bytes(std::uint32_t c) {
  if (c < 4) return (c + 1) * 64;
  const std::uint32_t top = c / 4 + 2;
  return ((std::size_t{c % 4} + 5) << (top - 3)) * 64;
}

/// Memory from the system; what fills a large page lies on such where they are to be had, so that
/// walking over it in any order finds its addresses. Its end, which is less than one, does not.
void* take_from_system(std::size_t bytes) {
#ifdef __linux__
  if (bytes >= large_page) {
    void* p = std::aligned_alloc(large_page, (bytes + large_page - 1) / large_page * large_page);
    // Without them it works as well, only slower.
    if (p) {
      const std::size_t whole = bytes / large_page * large_page;
      static_cast<void>(madvise(p, whole, MADV_HUGEPAGE));
      if (whole < bytes)
        static_cast<void>(madvise(static_cast<std::byte*>(p) + whole, large_page, MADV_NOHUGEPAGE));
    }
    return p;
  }
#endif
  return std::aligned_alloc(64, bytes);
}

Storage* new_block(std::uint32_t c, std::size_t bytes) {
  const std::size_t capacity = c < class_count ? class_bytes(c) : (bytes + 63) / 64 * 64;
  void* p = take_from_system(sizeof(Storage) + capacity);
  if (!p) fail("out of memory: {} bytes were asked for", bytes);
  from_system.fetch_add(1, std::memory_order_relaxed);
  bytes_from_system.fetch_add(sizeof(Storage) + capacity, std::memory_order_relaxed);
  return new (p) Storage{{1}, c, capacity, bytes, {0}, {nullptr}, nullptr, {false}};
}

void give_to_system(Storage* s) {
  bytes_from_system.fetch_sub(sizeof(Storage) + s->bytes, std::memory_order_relaxed);
  std::free(s);
}

/// Free blocks by size class. Each thread keeps some; what it holds beyond that, or when it ends,
/// goes to the list shared by all.
struct FreeBlocks {
  std::array<Storage*, class_count> of_class{};
  std::size_t bytes = 0;

  void give(Storage* s) {
    s->next_free = std::exchange(of_class[s->size_class], s);
    bytes += s->bytes;
  }
  Storage* take(std::uint32_t c) {
    Storage* s = of_class[c];
    if (!s) return nullptr;
    of_class[c] = s->next_free;
    bytes -= s->bytes;
    return s;
  }
};

struct SharedBlocks : FreeBlocks {
  std::mutex mutex;
};

// Never destroyed: tensors in static variables may be released after everything else.
SharedBlocks& shared_blocks() {
  static auto& blocks = *new SharedBlocks;
  return blocks;
}

constexpr std::size_t thread_limit = std::size_t{64} << 20, shared_limit = std::size_t{1} << 30;

struct ThreadBlocks : FreeBlocks {
  ThreadBlocks();
  ~ThreadBlocks();
};

// Null before a thread's first use and after its end: then blocks go to the shared list.
thread_local ThreadBlocks* thread_blocks = nullptr;
thread_local bool thread_ended = false;

ThreadBlocks::ThreadBlocks() { thread_blocks = this; }

void give_to_shared(Storage* s) {
  SharedBlocks& shared = shared_blocks();
  {
    std::lock_guard lock(shared.mutex);
    if (shared.bytes + s->bytes <= shared_limit) { return shared.give(s); }
  }
  give_to_system(s);
}

ThreadBlocks::~ThreadBlocks() {
  thread_blocks = nullptr;
  thread_ended = true;
  for (std::uint32_t c = 0; c < class_count; ++c)
    while (Storage* s = take(c)) give_to_shared(s);
}

ThreadBlocks* local_blocks() {
  if (!thread_blocks && !thread_ended) {
    static thread_local ThreadBlocks blocks;
    thread_blocks = &blocks;
  }
  return thread_blocks;
}

// While a block is in use, its link tells which thread took it. One that another thread gives back
// goes to the shared list: kept where it is given back, it would not be found where it is needed.
Storage* mark_of(ThreadBlocks* taker) { return reinterpret_cast<Storage*>(taker); }

Storage* take_pooled(std::uint32_t c) {
  if (ThreadBlocks* local = local_blocks())
    if (Storage* s = local->take(c)) return s;
  SharedBlocks& shared = shared_blocks();
  std::lock_guard lock(shared.mutex);
  return shared.take(c);
}

}  // namespace

StorageRef StorageRef::allocate(std::size_t bytes) {
  StorageRef ref;
  const std::uint32_t c = class_of(bytes);
  if (has_pool && c < class_count) {
    if (Storage* s = take_pooled(c)) {
      s->references.store(1, std::memory_order_relaxed);
      s->used = bytes;
      s->modified.store(0, std::memory_order_relaxed);
      s->exposed.store(false, std::memory_order_relaxed);
      s->next_free = mark_of(thread_blocks);
      ref.s_ = s;
      return ref;
    }
  }
  ref.s_ = new_block(c, bytes);
  ref.s_->next_free = mark_of(thread_blocks);
  return ref;
}

void StorageRef::drop(Storage* s) {
  // The last one need not count.
  const bool last = s->references.load(std::memory_order_acquire) == 1 ||
                    s->references.fetch_sub(1, std::memory_order_acq_rel) == 1;
  if (!last) return;
  if (!has_pool || s->size_class >= class_count) return give_to_system(s);
  ThreadBlocks* local = local_blocks();
  if (local && s->next_free == mark_of(local) && local->bytes + s->bytes <= thread_limit) {
    local->give(s);
  } else {
    give_to_shared(s);
  }
}

std::uint64_t system_allocations() { return from_system.load(std::memory_order_relaxed); }
std::uint64_t system_bytes() { return bytes_from_system.load(std::memory_order_relaxed); }

}  // namespace brickgrad
