#include <cxxabi.h>
#include <algorithm>
#include <autograd/draw/module_trace.hpp>
#include <autograd/error.hpp>
#include <cctype>
#include <cstdlib>
#include <nn/module.hpp>
#include <typeinfo>
#include <unordered_set>

namespace brickgrad::nn {

namespace internal {
namespace {

/// The module whose call is traced.
constinit thread_local const ModuleState* caller = nullptr;

/// Calls f(name, value) for every parameter, each once.
template <class F>
void visit(const ModuleState& state, const std::string& prefix,
           std::unordered_set<const void*>& seen, const F& f) {
  for (const auto& [name, value] : state.parameters)
    if (seen.insert(value.node()).second) f(prefix + name, value);
  for (const auto& child : state.children) visit(*child.state, prefix + child.name + ".", seen, f);
}

template <class F>
void visit(const ModuleState& state, const F& f) {
  std::unordered_set<const void*> seen;
  visit(state, "", seen, f);
}

bool contains(const ModuleState& state, const ModuleState& wanted) {
  return &state == &wanted ||
         std::any_of(state.children.begin(), state.children.end(),
                     [&](const auto& child) { return contains(*child.state, wanted); });
}

void set_training(ModuleState& state, bool on) {
  state.training = on;
  for (const auto& child : state.children) set_training(*child.state, on);
}

}  // namespace

CallObserver::CallObserver() : before_(std::exchange(current_, this)) {}
CallObserver::~CallObserver() { current_ = before_; }

std::string unqualified(std::string_view function) {
  // "std::string type_name() [with T = ns::Net<int>; …]" or "… [T = ns::Net<int>]"
  const auto start = function.find("T = ") + 4;
  std::string_view name = function.substr(start, function.find_first_of(";]<", start) - start);
  if (const auto colon = name.rfind(':'); colon != name.npos) name.remove_prefix(colon + 1);
  auto in_names = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  // What has no name of its own: a lambda, a pointer to a function.
  if (name.empty() || !std::all_of(name.begin(), name.end(), in_names)) return "Function";
  return std::string(name);
}

TracedCall::TracedCall(const Module& module, const Value& x) {
  if (!ModuleTrace::current()) return;
  const ModuleState& state = *module.state();
  before_ = caller;
  // A call through an AnyModule, which shares the state.
  if (caller == &state) return;
  std::string name;
  if (caller)
    for (const auto& child : caller->children)
      if (child.state.get() == &state) name = child.name;
  std::string type = state.type;
  if (type == "Module") {
    const char* mangled = typeid(module).name();
    int status = 0;
    char* readable = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
    type = unqualified(std::string("T = ") + (readable ? readable : mangled));
    std::free(readable);
  }
  part_ = std::make_unique<ModuleTrace::Part>(name, type, state.details, std::span(&x, 1));
  caller = &state;
}

TracedCall::~TracedCall() {
  if (part_) caller = before_;
}

}  // namespace internal

Module::Module() : state_(std::make_shared<internal::ModuleState>()) {}

Value Module::forward(const Value&) const {
  fail(
      "{}: it does not say what it computes from one value; override "
      "Value forward(const Value& x) const, or call the operator() it has",
      state_->type);
}

Value Module::operator()(const Value& x) const {
  if (ModuleTrace::current()) [[unlikely]]
    return traced(x);
  Value y = forward(x);
  if (auto* observer = internal::CallObserver::current()) observer->called(*state_, y);
  return y;
}

Value Module::traced(const Value& x) const {
  const internal::TracedCall call(*this, x);
  Value y = forward(x);
  if (auto* observer = internal::CallObserver::current()) observer->called(*state_, y);
  return y;
}

Value Module::operator()(const Tensor& x) const { return (*this)(constant(x)); }

std::vector<Value> Module::parameters() const {
  std::vector<Value> all;
  internal::visit(*state_, [&](const std::string&, const Value& v) { all.push_back(v); });
  return all;
}

std::vector<std::pair<std::string, Value>> Module::named_parameters() const {
  std::vector<std::pair<std::string, Value>> all;
  internal::visit(*state_,
                  [&](const std::string& name, const Value& v) { all.emplace_back(name, v); });
  return all;
}

std::int64_t Module::parameter_count() const {
  std::int64_t n = 0;
  internal::visit(*state_, [&](const std::string&, const Value& v) { n += v.numel(); });
  return n;
}

void Module::zero_grad() const {
  internal::visit(*state_, [](const std::string&, const Value& v) { v.zero_grad(); });
}

void Module::copy_from(const Module& other) const {
  const auto to = named_parameters(), from = other.named_parameters();
  if (to.size() != from.size())
    fail("copy_from: {} parameters against {}; both modules need the same structure", to.size(),
         from.size());
  for (std::size_t i = 0; i < to.size(); ++i)
    if (to[i].first != from[i].first || to[i].second.shape() != from[i].second.shape())
      fail("copy_from: '{}' of shape {} does not match '{}' of shape {}", to[i].first,
           to[i].second.shape(), from[i].first, from[i].second.shape());
  for (std::size_t i = 0; i < to.size(); ++i) to[i].second.copy_(from[i].second.data());
}

void Module::train(bool on) const { internal::set_training(*state_, on); }

void Module::check_name(std::string_view name) const {
  if (name.empty() || name.find('.') != name.npos)
    fail(
        "{}: '{}' cannot be the name of a part: give it one without points, they stand between a "
        "module and its parts",
        state_->type, name);
  auto is_taken = [&](const auto& parts, auto name_of) {
    return std::any_of(parts.begin(), parts.end(), [&](auto& p) { return name_of(p) == name; });
  };
  if (is_taken(state_->parameters, [](auto& p) { return p.first; }) ||
      is_taken(state_->children, [](auto& c) { return c.name; }))
    fail("{}: there is a part named '{}' already; give this one another name", state_->type, name);
}

Value Module::parameter(std::string_view name, const Value& value) {
  check_name(name);
  if (!value.is_leaf() || !value.requires_grad())
    fail(
        "{}: parameter '{}' is {}, which receives no gradient to learn from; make it a leaf with "
        "Value(tensor)",
        state_->type, name, value.is_leaf() ? "a constant" : "the result of " + value.op());
  value.name(name);
  state_->parameters.emplace_back(name, value);
  return value;
}

void Module::add_child(std::string_view name, const std::shared_ptr<internal::ModuleState>& child) {
  check_name(name);
  if (internal::contains(*child, *state_))
    fail("{}: '{}' is, or contains, the module it would become a part of", state_->type, name);
  state_->children.push_back({std::string(name), child});
  // Pictures and messages show the whole path.
  internal::visit(*child, [&](const std::string& inner, const Value& v) {
    v.name(std::string(name) + "." + inner);
  });
}

void Module::describe(std::string_view type, std::string_view details) {
  state_->type = type;
  state_->details = details;
}

}  // namespace brickgrad::nn
