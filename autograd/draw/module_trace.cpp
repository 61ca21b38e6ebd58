#include <autograd/draw/module_trace.hpp>
#include <utility>

namespace brickgrad {

ModuleTrace::ModuleTrace() : before_(std::exchange(current_, this)) {}
ModuleTrace::~ModuleTrace() {
  // As a rule the last one goes first; the others close the gap.
  ModuleTrace** link = &current_;
  while (*link && *link != this) link = &(*link)->before_;
  if (*link) *link = before_;
}

void ModuleTrace::clear() {
  calls_.clear();
  open_ = -1;
}

ModuleTrace::Part::Part(std::string_view name, std::string_view type, std::string_view details,
                        std::span<const Value> inputs)
    : trace_(current_) {
  if (!trace_) return;
  Call call;
  call.name = name;
  call.type = type;
  call.details = details;
  call.parent = trace_->open_;
  if (call.parent >= 0)
    call.level = trace_->calls_[static_cast<std::size_t>(call.parent)].level + 1;
  for (const Value& x : inputs)
    if (x.is_leaf()) call.inputs.push_back(x);
  // Ticks of the clock set what is recorded in between apart from all else.
  call.begin = ModificationClock::tick();
  call_ = static_cast<int>(trace_->calls_.size());
  trace_->calls_.push_back(std::move(call));
  trace_->open_ = call_;
}

ModuleTrace::Part::~Part() {
  // The trace may have gone, or been cleared, since.
  if (!trace_ || current_ != trace_ || trace_->open_ != call_) return;
  Call& call = trace_->calls_[static_cast<std::size_t>(call_)];
  call.end = ModificationClock::tick();
  trace_->open_ = call.parent;
}

}  // namespace brickgrad
