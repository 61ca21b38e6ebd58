// Memory for nodes: slabs of one size each, with a free list a slab, owned by the thread that made
// them. A node freed on another thread goes back through a list without locks; when a thread ends,
// another adopts its slabs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace brickgrad::internal {

/// Blocks are multiples of a cache line, up to this many of them.
inline constexpr std::size_t cache_line = 64, largest_block = 64 * cache_line;

struct FreeBlock {
  FreeBlock* next;
};

struct Heap;

/// 64 KiB of blocks of one size, aligned to 64 KiB, so that a block knows its slab.
struct Slab {
  FreeBlock* free;
  char* unused;  // never handed out from here to end
  char* end;
  std::uint32_t used, lines;
  bool listed;  // current, or in the list of slabs with room
  Slab* next;
  Heap* owner;
};
static_assert(sizeof(Slab) <= cache_line);

struct SlabClass {
  Slab *current, *with_room;
};

inline constinit thread_local SlabClass* slab_classes = nullptr;
inline constinit thread_local Heap* own_heap = nullptr;

void* take_block_slowly(std::size_t lines);
void return_block_slowly(void* block);

inline constexpr std::size_t slab_bytes = 65536;
inline Slab* slab_of(void* block) {
  return reinterpret_cast<Slab*>(reinterpret_cast<std::uintptr_t>(block) & ~(slab_bytes - 1));
}

/// A block of `lines` cache lines, not initialised.
inline void* take_block(std::size_t lines) {
  if (SlabClass* classes = slab_classes) {
    if (Slab* s = classes[lines].current) {
      if (FreeBlock* b = s->free) {
        s->free = b->next;
        ++s->used;
        return b;
      }
      if (s->unused != s->end) {
        void* b = s->unused;
        s->unused += lines * cache_line;
        ++s->used;
        return b;
      }
    }
  }
  return take_block_slowly(lines);
}

inline void return_block(void* block) {
#ifndef BRICKGRAD_SANITIZE
  Slab* s = slab_of(block);
  if (s->owner == own_heap && s->listed && s->used > 1) [[likely]] {
    --s->used;
    s->free = new (block) FreeBlock{s->free};
    return;
  }
#endif
  return_block_slowly(block);
}

}  // namespace brickgrad::internal
