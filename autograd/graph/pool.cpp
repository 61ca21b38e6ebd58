#include <atomic>
#include <autograd/error.hpp>
#include <autograd/graph/pool.hpp>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace brickgrad::internal {

#ifdef BRICKGRAD_SANITIZE

// A pool would hide use after free from the sanitizers.
void* take_block_slowly(std::size_t lines) {
  void* block = std::aligned_alloc(cache_line, lines * cache_line);
  if (!block) fail("out of memory: no room for more nodes of the graph");
  return block;
}
void return_block_slowly(void* block) { std::free(block); }

#else

constexpr std::size_t chunk_bytes = std::size_t{1} << 20;

/// The slabs of one thread.
struct Heap {
  SlabClass classes[largest_block / cache_line + 1]{};
  std::atomic<FreeBlock*> returned{nullptr};  // freed by other threads
  char *chunk = nullptr, *chunk_end = nullptr;
  Heap* next = nullptr;
};

namespace {

constinit std::mutex orphans_mutex;
constinit Heap* orphans = nullptr;

/// Gives the heap to another thread when this one ends. Blocks freed after that go through
/// `returned`, as from any other thread.
struct HeapKeeper {
  ~HeapKeeper() {
    std::lock_guard lock(orphans_mutex);
    own_heap->next = orphans;
    orphans = std::exchange(own_heap, nullptr);
    slab_classes = nullptr;
  }
};

void open_heap() {
  {
    std::lock_guard lock(orphans_mutex);
    if (orphans) {
      own_heap = orphans;
      orphans = orphans->next;
    }
  }
  if (!own_heap) own_heap = new Heap;
  static thread_local HeapKeeper keeper;
  static_cast<void>(keeper);
  slab_classes = own_heap->classes;
}

void free_own(Slab* s, FreeBlock* b) {
  if (--s->used == 0) {
    s->free = nullptr;
    s->unused = reinterpret_cast<char*>(s) + cache_line;
  } else {
    b->next = s->free;
    s->free = b;
  }
  if (!s->listed) {
    s->listed = true;
    s->next = std::exchange(own_heap->classes[s->lines].with_room, s);
  }
}

Slab* new_slab(Heap& h, std::size_t lines) {
  if (h.chunk == h.chunk_end) {
    h.chunk = static_cast<char*>(std::aligned_alloc(slab_bytes, chunk_bytes));
    if (!h.chunk) {
      h.chunk_end = nullptr;
      fail("out of memory: no room for more nodes of the graph");
    }
    h.chunk_end = h.chunk + chunk_bytes;
  }
  char* base = std::exchange(h.chunk, h.chunk + slab_bytes);
  const std::size_t size = lines * cache_line;
  const std::size_t count = (slab_bytes - cache_line) / size;
  return new (base) Slab{nullptr,
                         base + cache_line,
                         base + cache_line + count * size,
                         0,
                         static_cast<std::uint32_t>(lines),
                         true,
                         nullptr,
                         &h};
}

}  // namespace

void* take_block_slowly(std::size_t lines) {
  if (!own_heap) open_heap();
  Heap& h = *own_heap;
  SlabClass& c = h.classes[lines];
  if (c.current && !c.current->free && c.current->unused == c.current->end) {
    c.current->listed = false;
    c.current = nullptr;
  }
  for (FreeBlock* b = h.returned.exchange(nullptr, std::memory_order_acquire); b;) {
    FreeBlock* next = b->next;
    free_own(slab_of(b), b);
    b = next;
  }
  if (!c.current) {
    if (c.with_room)
      c.current = std::exchange(c.with_room, c.with_room->next);
    else
      c.current = new_slab(h, lines);
  }
  return take_block(lines);
}

void return_block_slowly(void* block) {
  auto* b = static_cast<FreeBlock*>(block);
  Slab* s = slab_of(block);
  Heap* h = s->owner;
  if (h == own_heap) return free_own(s, b);
  FreeBlock* first = h->returned.load(std::memory_order_relaxed);
  do b->next = first;
  while (!h->returned.compare_exchange_weak(first, b, std::memory_order_release,
                                            std::memory_order_relaxed));
}

#endif

}  // namespace brickgrad::internal
