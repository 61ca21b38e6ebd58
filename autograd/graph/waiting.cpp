#include <algorithm>
#include <autograd/graph/waiting.hpp>
#include <mutex>

namespace brickgrad::internal {
namespace {

std::mutex waiting_mutex;
DeferredPart* waiting = nullptr;

/// Called with the mutex held.
void unlink(DeferredPart& p) {
  if (!p.waits) return;
  p.waits = false;
  (p.previous ? p.previous->next : waiting) = p.next;
  if (p.next) p.next->previous = p.previous;
  PutOff::count.fetch_sub(1, std::memory_order_relaxed);
}

/// Called with the mutex held.
bool reads(const DeferredPart& p, const Storage* storage) {
  return std::any_of(p.sources.begin(), p.sources.end(), [storage](const auto& source) {
    return (source.put_off ? source.put_off->storage.get() : source.storage) == storage;
  });
}

}  // namespace

void wait(Node& n, std::span<Node* const> inputs, void (*compute_readers)(const Storage*)) {
  DeferredPart& p = deferred_part(n);
  p.node = &n;
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (const Node* input = inputs[k]; input && input->is(deferred))
      p.sources[k].put_off = &deferred_part(*input);
    else if (input && input->is(array))
      p.sources[k].storage = input->part->storage.get();
  const std::lock_guard lock(waiting_mutex);
  PutOff::compute_readers.store(compute_readers, std::memory_order_relaxed);
  p.previous = nullptr;
  p.next = std::exchange(waiting, &p);
  if (p.next) p.next->previous = &p;
  p.waits = true;
  PutOff::count.fetch_add(1, std::memory_order_relaxed);
}

std::optional<Value> reader_of(const Storage* storage) {
  const std::lock_guard lock(waiting_mutex);
  DeferredPart* p = waiting;
  while (p && !reads(*p, storage)) p = p->next;
  return p ? std::optional(handle(p->node)) : std::nullopt;
}

void accept(Node& n, Tensor value) {
  const std::lock_guard lock(waiting_mutex);
  DeferredPart& p = deferred_part(n);
  unlink(p);
  p.blocks = {};
  p.storage = value.give_up_storage();
  p.value = Seen(std::move(value));
}

void accept_blocks(Node& n, std::vector<Tensor> blocks) {
  const std::lock_guard lock(waiting_mutex);
  DeferredPart& p = deferred_part(n);
  unlink(p);
  p.blocks = std::move(blocks);
}

void forget(Node& n) {
  const std::lock_guard lock(waiting_mutex);
  DeferredPart& p = deferred_part(n);
  // What waits no more is a value that stays.
  if (p.waits) {
    p.blocks = {};
    p.places = {};
  }
  unlink(p);
}

}  // namespace brickgrad::internal
