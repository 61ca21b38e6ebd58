// Memory for nodes: slabs of one size each, with a free list a slab, owned by the thread that made
// them. A node freed on another thread goes back through a list without locks; when a thread ends,
// another adopts its slabs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace brickgrad::internal {

/// Blocks are multiples of a cache line, up to this many of them.
inline constexpr std::size_t cache_line = 64, largest_block = 32 * cache_line;

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

void* take_block_slowly(std::size_t lines);
void return_block(void* block);

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

}  // namespace brickgrad::internal
