#include "session.hpp"

#include <algorithm>
#include <autograd/graph/functions.hpp>
#include <cstring>
#include <limits>
#include <new>
#include <numbers>
#include <utility>

#include "suggest.hpp"
#include "utf8.hpp"

namespace tools::language {

using namespace brickgrad;

namespace {

constexpr std::pair<std::string_view, double> constants[] = {
    {"pi", std::numbers::pi},
    {"e", std::numbers::e},
    {"inf", std::numeric_limits<double>::infinity()},
    {"nan", std::numeric_limits<double>::quiet_NaN()},
};

/// The tensor that has the items as its rows.
Item stacked(std::span<const Item> items, DType dtype) {
  const auto count = static_cast<std::int64_t>(items.size());
  if (std::all_of(items.begin(), items.end(), [](const Item& i) { return i.is_number(); })) {
    Tensor t = Tensor::empty({count});
    std::transform(items.begin(), items.end(), t.data<double>(),
                   [](const Item& i) { return i.number(); });
    return constant(t.to(dtype));
  }
  const Item& first =
      *std::find_if(items.begin(), items.end(), [](const Item& i) { return !i.is_number(); });
  const Shape row = first.value().shape();
  bool plain = true;
  DType type = first.value().dtype();
  for (const Item& i : items) {
    const Shape shape = i.is_number() ? Shape() : i.value().shape();
    if (shape != row)
      fail("the parts of a tensor must have the same shape; here are {} and {}", to_string(row),
           to_string(shape));
    if (i.is_number()) continue;
    plain = plain && !i.value().requires_grad();
    type = promote(type, i.value().dtype());
  }
  Dims all = row;
  all.insert(0, count);
  if (!plain) {
    Dims one = row;
    one.insert(0, 1);
    std::vector<Value> parts;
    parts.reserve(items.size());
    for (const Item& i : items) parts.push_back(reshape(i.as_value(type), one));
    return concat(parts);
  }
  Tensor t = Tensor::empty(Shape(all), type);
  const std::size_t bytes = static_cast<std::size_t>(row.numel()) * item_size(type);
  char* to = static_cast<char*>(t.raw());
  for (const Item& i : items) {
    const Tensor part = i.as_value(type).data().to(type).contiguous();
    if (bytes > 0) std::memcpy(to, part.raw(), bytes);
    to += bytes;
  }
  return constant(t);
}

/// x[i, a:b]: `items` are x and the numbers that are given.
Item part_of(std::span<const Item> items, std::span<const Subscript> subscripts, DType dtype) {
  Value x = items[0].as_value(dtype);
  std::size_t next = 1;
  const auto number = [&](const char* what) {
    const Item& i = items[next++];
    return whole_number(i.is_number() ? i.number() : i.value().item(), what);
  };
  std::int64_t axis = 0;
  for (const Subscript& s : subscripts) {
    const Shape shape = x.shape();
    if (axis >= shape.rank())
      fail("too many indices for a value of shape {}", items[0].as_value(dtype).shape());
    if (!s.is_range) {
      const std::int64_t i = number("an index"), at = i < 0 ? i + shape[axis] : i;
      if (at < 0 || at >= shape[axis])
        fail("index {} is out of range for dimension {} of shape {}", i, axis, shape);
      Dims rest = shape;
      rest.erase(static_cast<int>(axis));
      x = reshape(slice(std::move(x), axis, at, at + 1), rest);
      continue;
    }
    std::int64_t place[] = {0, shape[axis], 1};
    for (int k = 0; k < 3; ++k)
      if (s.given[k]) place[k] = number("the end of a range");
    x = slice(std::move(x), axis++, place[0], place[1], place[2]);
  }
  return x;
}

std::size_t operands_of(const Script& script, const Instruction& i) {
  if (i.kind == Instruction::call || i.kind == Instruction::list) return i.count;
  if (i.kind != Instruction::index) return 0;
  std::size_t n = 1;
  for (const Subscript& s : script.subscripts[i.index_of])
    n += static_cast<std::size_t>(std::count(std::begin(s.given), std::end(s.given), true));
  return n;
}

}  // namespace

void Session::bind(const std::string& name, Value leaf) {
  leaf.name(name);
  variables_[name] = leaf;
  inputs_.push_back({name, std::move(leaf)});
}

void Session::place(std::size_t statement, Value leaf) { placed_[statement] = std::move(leaf); }

Value Session::run(const Script& script) {
  if (script.statements.empty()) script.source->fail({}, "there is no expression", true);
  Item last;
  for (std::size_t i = 0; i < script.statements.size(); ++i) {
    const Statement& s = script.statements[i];
    bool uses_variables = false;
    last = result_of(script, s, uses_variables);
    if (s.target.empty()) continue;
    if (!uses_variables) last = input(s.target, last, i);
    assign(s.target, last);
    last = variables_.find(s.target)->second;
  }
  return last.as_value(dtype_);
}

Item Session::result_of(const Script& script, const Statement& statement, bool& uses_variables) {
  std::vector<Item> stack;
  for (std::size_t at = statement.first; at < statement.last; ++at) {
    const Instruction& i = script.code[at];
    if (i.kind == Instruction::number) {
      if (dtype_ == float32 && std::abs(i.value) > std::numeric_limits<float>::max())
        script.source->fail(i.at, "this number is too large for 32 bits; infinity is written inf");
      stack.emplace_back(i.value);
      continue;
    }
    if (i.kind == Instruction::load) {
      stack.push_back(load(script, i, uses_variables));
      continue;
    }
    const std::size_t n = operands_of(script, i);
    const auto operands = std::span<const Item>(stack).last(n);
    Item result;
    try {
      switch (i.kind) {
        case Instruction::call: {
          const CallSite& site = script.calls[i.index_of];
          result = invoke(*site.function, site.keywords, operands, dtype_);
          break;
        }
        case Instruction::list: result = stacked(operands, dtype_); break;
        default: result = part_of(operands, script.subscripts[i.index_of], dtype_); break;
      }
    } catch (const SyntaxError&) { throw; } catch (const Error& e) {
      throw Error(script.source->pointed(i.at, e.what()));
    } catch (const std::bad_alloc&) {
      throw Error(script.source->pointed(i.at, "there is not enough memory for this"));
    }
    stack.resize(stack.size() - n);
    stack.push_back(std::move(result));
  }
  return stack.back();
}

std::vector<std::string> Session::value_names() const {
  std::vector<std::string> names;
  for (const auto& [name, variable] : variables_) names.push_back(name);
  for (const auto& [name, number] : constants) names.emplace_back(name);
  return names;
}

Item Session::load(const Script& script, const Instruction& i, bool& uses_variables) const {
  const std::string& name = script.names[i.index_of];
  if (const auto v = variables_.find(name); v != variables_.end()) {
    uses_variables = true;
    return v->second;
  }
  for (const auto& [constant_name, number] : constants)
    if (name == constant_name) return number;
  const std::vector<std::string> known = value_names();
  if (find_function(name))
    script.source->fail(
        i.at, fmt::format("{0} is a function; it is called with brackets: {0}(...)", name));
  std::string hint = suggestion(name, known);
  if (hint.empty()) hint = fmt::format("; give it a value: {}=1", shortened(name));
  script.source->fail(i.at, fmt::format("there is no variable '{}'{}", shortened(name), hint));
}

Value Session::input(const std::string& name, const Item& item, std::size_t statement) {
  const auto known =
      std::find_if(inputs_.begin(), inputs_.end(), [&](const Input& i) { return i.name == name; });
  if (known != inputs_.end() && !known->statement) return known->leaf;
  const auto placed = placed_.find(statement);
  Value leaf =
      placed != placed_.end() ? placed->second : Value(item.as_value(dtype_).data().clone());
  leaf.name(name);
  if (known != inputs_.end())
    *known = {name, leaf, statement};
  else
    inputs_.push_back({name, leaf, statement});
  return leaf;
}

void Session::assign(const std::string& name, const Item& item) {
  Value v = item.as_value(dtype_);
  // Another name of the same value does not rename it.
  if (v.name().empty()) v.name(name);
  variables_[name] = std::move(v);
}

}  // namespace tools::language
