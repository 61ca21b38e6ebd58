// The memory behind tensors: a reference-counted block, aligned to a cache line. Blocks come from
// free lists by size class, so that a training loop asks the system for nothing once it is warm.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace brickgrad {

/// Counts changes in place. A recorded op notes the reading; what was changed later is newer.
class ModificationClock {
 public:
  static std::uint64_t now() { return time_.load(std::memory_order_relaxed); }
  static std::uint64_t tick() { return time_.fetch_add(1, std::memory_order_relaxed) + 1; }

 private:
  static inline std::atomic<std::uint64_t> time_{1};
};

struct Storage;

/// Work that was put off and reads memory which may change in place. Whoever puts work off counts
/// it, and says how to do all that reads a block.
struct PutOff {
  static inline constinit std::atomic<int> count{0};
  static inline constinit std::atomic<void (*)(const Storage*)> compute_readers{nullptr};
};

/// Blocks as large as this lie on pages of this size where the system has them.
inline constexpr std::size_t large_page = std::size_t{2} << 20;

/// The header of a block; the data follow it at the next cache line.
struct alignas(64) Storage {
  std::atomic<std::uint32_t> references;
  std::uint32_t size_class;
  std::size_t bytes;                     // what the block has room for
  std::size_t used;                      // what was asked for
  std::atomic<std::uint64_t> modified;   // the clock's reading at the last change in place
  std::atomic<const char*> modified_by;  // and the operation that made it
  Storage* next_free;                    // in a free list; in use, a mark of who took it
  std::atomic<bool> exposed;             // a pointer to the elements was handed out
  void* data() { return this + 1; }
  /// To be called before a change in place.
  void before_change() const {
    if (PutOff::count.load(std::memory_order_relaxed) > 0) [[unlikely]]
      PutOff::compute_readers.load()(this);
  }
  /// To be called before a pointer to the elements is handed out: nothing tells of writes to it.
  void expose() {
    before_change();
    exposed.store(true, std::memory_order_relaxed);
  }
  void mark_modified(const char* by, std::uint64_t time = ModificationClock::tick()) {
    modified.store(time, std::memory_order_relaxed);
    modified_by.store(by, std::memory_order_relaxed);
  }
};

/// A counted reference to a Storage, or to none.
class StorageRef {
 public:
  StorageRef() = default;
  /// A fresh block of at least this many bytes. Throws Error when there is not so much memory.
  static StorageRef allocate(std::size_t bytes);
  StorageRef(const StorageRef& o) : s_(o.s_) {
    if (s_) s_->references.fetch_add(1, std::memory_order_relaxed);
  }
  StorageRef(StorageRef&& o) noexcept : s_(std::exchange(o.s_, nullptr)) {}
  StorageRef& operator=(StorageRef o) noexcept {
    std::swap(s_, o.s_);
    return *this;
  }
  ~StorageRef() {
    if (s_) drop(s_);
  }
  explicit operator bool() const { return s_ != nullptr; }
  Storage* operator->() const { return s_; }
  Storage* get() const { return s_; }
  bool unique() const { return s_ && s_->references.load(std::memory_order_acquire) == 1; }

 private:
  static void drop(Storage* s);
  Storage* s_ = nullptr;
};

/// How many blocks have been asked of the system by this process, for tests of the steady state.
std::uint64_t system_allocations();
/// How many bytes those have that were not given back, whether in use or kept for later: what
/// tensors and products took at their peak, when nothing is larger than what is kept.
std::uint64_t system_bytes();

}  // namespace brickgrad
