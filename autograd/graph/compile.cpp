#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/graph/backward_order.hpp>
#include <autograd/graph/compile.hpp>
#include <autograd/graph/deferred.hpp>
#include <autograd/graph/row_blocks.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <unordered_map>

namespace brickgrad::internal {

void CallArguments::clear() {
  inputs_.clear();
  fixed_.clear();
}

namespace {

/// From here on a graph costs little beside its arrays, whose backward pass may go by blocks of
/// rows.
constexpr std::int64_t large_bytes = 2 * rows_bytes;

/// All nodes below a value, each once, and how many others read it.
std::unordered_map<Node*, std::uint32_t> readers_below(Node* root) {
  std::unordered_map<Node*, std::uint32_t> readers{{root, 0}};
  std::vector<Node*> open{root};
  while (!open.empty()) {
    Node* n = open.back();
    open.pop_back();
    for (int i = 0; i < n->inputs(); ++i) {
      Node* input = n->input(i);
      if (!input) continue;
      const auto [place, is_new] = readers.try_emplace(input, 0);
      ++place->second;
      if (is_new) open.push_back(input);
    }
  }
  return readers;
}

/// Sets the value of a leaf to that of an argument.
void set_value(Node& to, const CallArguments::Input& from) {
  if (!to.is(array)) {
    to.number = from.node ? from.node->scalar() : from.tensor->item();
    return;
  }
  const Tensor held = from.node ? from.node->borrowed_value() : *from.tensor;
  add_to(held, to.part->value.raw(), to.part->value.shape(), to.dtype(), false);
}

}  // namespace

class Recording {
 public:
  Recording(const CallArguments& call, std::vector<Value> inputs, const Value& result)
      : inputs_(std::move(inputs)),
        fixed_(call.fixed().begin(), call.fixed().end()),
        result_(result) {
    for (const CallArguments::Input& given : call.inputs()) own_.push_back(!given.wants_gradient());
    const auto readers = readers_below(result.node());
    for (const auto& [node, count] : readers)
      if (!node->is(leaf)) nodes_.push_back({{node}, count + (node == result.node() ? 1 : 0)});
    std::sort(nodes_.begin(), nodes_.end(), [](const Recorded& a, const Recorded& b) {
      return a.work.node->depth < b.work.node->depth;
    });
    for (const Value& input : inputs_) {
      const auto place = readers.find(input.node());
      input_references_.push_back(1 + (place == readers.end() ? 0 : place->second));
    }
  }

  /// Small values at places that do not change. The cost of others is not in building the graph.
  bool can_run() const {
    return !result_.is_leaf() && std::all_of(nodes_.begin(), nodes_.end(), [](const Recorded& r) {
      const std::int64_t size = static_cast<std::int64_t>(item_size(r.work.node->dtype()));
      return !r.work.node->is(deferred | retained) && r.work.node->numel() * size < large_bytes;
    });
  }

  /// The function saw its arguments as leaves, so that all it did was recorded; from here on those
  /// without a gradient are constants, and what depends on nothing else receives none.
  void stop_gradients() {
    if (std::any_of(nodes_.begin(), nodes_.end(),
                    [](const Recorded& r) { return r.work.node->is(deferred); }))
      return;
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (own_[i]) inputs_[i].node()->clear(requires_grad);
    for (const Recorded& r : nodes_) {
      bool wanted = false;
      for (int i = 0; i < r.work.node->inputs(); ++i)
        wanted = wanted || (r.work.node->input(i) && r.work.node->input(i)->is(requires_grad));
      if (!wanted) r.work.node->clear(requires_grad);
    }
  }

  void prepare() {
    Node& result = *result_.node();
    if (result.is(requires_grad)) own_table(result).order = std::make_shared<BackwardOrder>(result);
    if (const std::string* name = label_of(result)) name_ = *name;
    if (result.is(array) && result.part->storage)
      holders_ = result.part->storage->references.load(std::memory_order_relaxed);
  }

  bool fits(const CallArguments& call) const {
    const auto given = call.inputs();
    if (given.size() != inputs_.size() || !std::ranges::equal(call.fixed(), fixed_)) return false;
    for (std::size_t i = 0; i < given.size(); ++i)
      if (!fits(given[i], *inputs_[i].node(), own_[i])) return false;
    return true;
  }

  /// Nobody else holds a value that a run would change.
  bool is_free() const {
    for (const Recorded& r : nodes_)
      if (r.work.node->references != r.references) return false;
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (own_[i] && inputs_[i].node()->references != input_references_[i]) return false;
    const Node& result = *result_.node();
    return !result.is(array) || !result.part->storage ||
           result.part->storage->references.load(std::memory_order_acquire) <= holders_;
  }

  Value run(const CallArguments& call) {
    const auto given = call.inputs();
    for (std::size_t i = 0; i < given.size(); ++i)
      if (own_[i]) set_value(*inputs_[i].node(), given[i]);
    const std::uint64_t now = ModificationClock::now();
    for (Recorded& r : nodes_) {
      const OpTable& op = *r.work.node->op;
      r.work.run(op.compute_again, op.prepare_value);
      r.work.node->clear(kept | dropped | has_adjoint);
      r.work.node->set_stamp(now);
    }
    if (Node& result = *result_.node(); result.is(owns_table) && own_table(result).label != name_)
      own_table(result).label = name_;  // what was named was the last result
    return result_;
  }

 private:
  struct Recorded {
    RepeatedWork work;
    std::uint32_t references;  // those of the graph, and ours on the result
  };

  static bool fits(const CallArguments::Input& given, const Node& input, bool own) {
    if (given.wants_gradient() == own) return false;
    if (!own) return given.node == &input;
    if (given.node)
      return given.node->dtype() == input.dtype() && given.node->shape() == input.shape();
    return given.tensor->dtype() == input.dtype() && given.tensor->shape() == input.shape();
  }

  std::vector<Value> inputs_;  // leaves of our own, or values that receive a gradient
  std::vector<char> own_;
  std::vector<std::uint32_t> input_references_;
  std::vector<std::int64_t> fixed_;
  Value result_;
  std::vector<Recorded> nodes_;      // by rising depth
  std::optional<std::string> name_;  // that the function gives its result
  std::uint32_t holders_ = 1;        // of the storage of the result
};

Recordings::Recordings() = default;
Recordings::Recordings(Recordings&&) noexcept = default;
Recordings& Recordings::operator=(Recordings&&) noexcept = default;
Recordings::~Recordings() = default;

void Recordings::forget() {
  for (auto& recording : recordings_) recording.reset();
  cannot_run_ = false;
}

Value Recordings::run(const CallArguments& arguments) {
  for (const auto& recording : recordings_)
    if (recording && recording->fits(arguments) && recording->is_free())
      return recording->run(arguments);
  return {};
}

std::vector<Value> Recordings::begin(const CallArguments& arguments, bool records) {
  std::vector<Value> inputs;
  for (const auto& [node, tensor] : arguments.inputs()) {
    if (node && (!records || node->is(requires_grad)))
      inputs.push_back(handle(node));
    else if (!records)
      inputs.push_back(constant(*tensor));
    else
      inputs.push_back(Value(node ? node->borrowed_value().clone() : tensor->clone()));
  }
  ++count_;
  return inputs;
}

void Recordings::finish(const CallArguments& arguments, std::vector<Value> inputs,
                        const Value& result, bool is_pure) {
  auto recording = std::make_unique<Recording>(arguments, std::move(inputs), result);
  cannot_run_ = !is_pure || !recording->can_run();
  recording->stop_gradients();
  if (cannot_run_) return;
  recording->prepare();
  recordings_[static_cast<std::size_t>(next_)] = std::move(recording);
  next_ = 1 - next_;
}

}  // namespace brickgrad::internal
