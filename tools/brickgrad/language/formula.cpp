#include "formula.hpp"

#include <algorithm>

namespace tools::language {

using namespace brickgrad;

Formula::Formula(Script script, const std::vector<Input>& bound, DType dtype)
    : script_(std::move(script)), dtype_(dtype) {
  Session session(dtype);
  for (const Input& i : bound) {
    if (session.variables().contains(i.name)) fail("{} is bound twice", i.name);
    session.bind(i.name, Value(i.value.to(dtype).clone()));
  }
  session.run(script_);
  for (const Session::Input& i : session.inputs()) {
    inputs_.push_back({i.name, i.leaf.data()});
    statements_.push_back(i.statement);
  }
}

std::vector<Value> Formula::leaves() const {
  std::vector<Value> out;
  for (const Input& i : inputs_) {
    out.emplace_back(i.value.clone());
    out.back().name(i.name);
  }
  return out;
}

Value Formula::operator()(const std::vector<Value>& values) const {
  Session session(dtype_);
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (statements_[i])
      session.place(*statements_[i], values[i]);
    else
      session.bind(inputs_[i].name, values[i]);
  }
  return session.run(script_);
}

Formula Formula::in(DType dtype) const {
  Formula other = *this;
  other.dtype_ = dtype;
  for (Input& i : other.inputs_) i.value = i.value.to(dtype);
  return other;
}

Input parse_binding(const std::string& text, DType dtype) {
  Script script = parse(Source(text));
  if (script.statements.size() != 1 || script.statements[0].target.empty())
    script.source->fail({0, static_cast<std::uint32_t>(text.size())},
                        "expected NAME=VALUE, such as x=2 or w=[[1, 2], [3, 4]]");
  Session session(dtype);
  const Value v = session.run(script);
  return {script.statements[0].target, v.data()};
}

}  // namespace tools::language
