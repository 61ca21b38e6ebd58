#include "function.hpp"

#include <algorithm>
#include <array>
#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <bit>
#include <cmath>
#include <unordered_map>

#include "suggest.hpp"
#include "utf8.hpp"

namespace tools::language {

using namespace brickgrad;

std::int64_t whole_number(double x, std::string_view what) {
  constexpr double most = 1e15;
  if (!std::isfinite(x) || x != std::floor(x)) fail("{} must be a whole number, not {}", what, x);
  if (std::abs(x) > most) fail("{} may be up to {:g}, not {}", what, most, x);
  return static_cast<std::int64_t>(x);
}

namespace {

std::vector<std::int64_t> whole_numbers(const Item& item, std::string_view what) {
  if (item.is_number()) return {whole_number(item.number(), what)};
  if (item.value().rank() > 1)
    fail("{} must be a number or a list of numbers, not a tensor of shape {}", what,
         item.value().shape());
  std::vector<std::int64_t> out;
  for (const double x : item.value().data().to_vector()) out.push_back(whole_number(x, what));
  return out;
}

/// Reads "name(a, b=1, rest...)".
void read_signature(Function& f) {
  const std::string_view text = f.signature;
  const std::size_t open = text.find('(');
  f.name = text.substr(0, open);
  for (std::size_t at = open + 1; at < text.size() && text[at] != ')';) {
    const std::size_t end = text.find_first_of(",)", at);
    std::string_view part = text.substr(at, end - at);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    Parameter p;
    if (const auto equals = part.find('='); equals != std::string_view::npos) {
      p.default_text = part.substr(equals + 1);
      part = part.substr(0, equals);
    } else if (part.ends_with("...")) {
      p.repeated = true;
      part.remove_suffix(3);
    }
    p.name = part;
    f.parameters.push_back(std::move(p));
    at = text[end] == ',' ? end + 1 : end;
  }
}

template <class Op>
inline constexpr std::size_t attribute_count = std::is_empty_v<Op> ? 0
                                                                   : sizeof(Op) / sizeof(double);

/// The op with the attributes that are given, and its own for the rest.
template <class Op>
Op with_attributes(const Arguments& a) {
  constexpr std::size_t n = attribute_count<Op>, first = Op::arity;
  if constexpr (n == 0) {
    return Op{};
  } else {
    static_assert(n <= 2, "another attribute needs another line here");
    if constexpr (n == 2)
      if (a.given(first + 1)) return Op{{}, a.number(first), a.number(first + 1)};
    return a.given(first) ? Op{{}, a.number(first)} : Op{};
  }
}

/// A call at a place within the domain.
std::string example_call(const char* name, const std::vector<Interval>& domain) {
  std::string text = std::string(name) + "(";
  double part = 0.75;
  for (std::size_t i = 0; i < domain.size(); ++i, part /= 2)
    text += fmt::format("{}{:.2g}", i == 0 ? "" : ", ",
                        domain[i].low + part * (domain[i].high - domain[i].low));
  return text + ")";
}

/// Of ops whose names and formulas do not say what they are for.
std::string purpose_of(std::string_view name) {
  if (name == "chain_mul")
    return "the product in the chain rule, as it stands in the graphs of second derivatives: 0 "
           "times "
           "infinity or NaN is 0, so that a branch not taken spoils no gradient";
  return {};
}

template <class Op>
Function elementwise_function(const char* name) {
  static_assert(std::is_empty_v<Op> || sizeof(Op) % sizeof(double) == 0);
  Function f;
  f.op = AllOps::index_of<Op>;
  f.summary = purpose_of(name);
  const char* const one[] = {"x"};
  const char* const two[] = {"a", "b"};
  const char* const three[] = {"mask", "a", "b"};
  const char* const* operands = Op::arity == 1 ? one : Op::arity == 2 ? two : three;
  f.signature = std::string(name) + "(";
  for (int i = 0; i < Op::arity; ++i) f.signature += std::string(i == 0 ? "" : ", ") + operands[i];
  if constexpr (attribute_count < Op >> 0) {
    const auto defaults = std::bit_cast<std::array<double, attribute_count<Op>>>(Op{});
    for (std::size_t i = 0; i < defaults.size(); ++i) {
      static_assert(std::size(Op::attribute_names) == attribute_count<Op>,
                    "attribute_names has a name for each attribute of an op");
      f.signature += fmt::format(", {}={}", Op::attribute_names[i], defaults[i]);
    }
  }
  f.signature += ")";
  if constexpr (std::is_same_v<std::remove_cvref_t<decltype(Op::domain)>, Interval>)
    f.domain.assign(Op::arity, Op::domain);
  else
    f.domain.assign(Op::domain.begin(), Op::domain.end());
  f.example = example_call(name, f.domain);
  f.apply = [](const Arguments& a) -> Item {
    Op op = with_attributes<Op>(a);
    const internal::OpTable& table = internal::op_tables[AllOps::index_of<Op>];
    bool numbers = true;
    for (std::size_t i = 0; i < Op::arity; ++i) numbers = numbers && a.item(i).is_number();
    if (numbers) {
      double x[Op::arity];
      for (std::size_t i = 0; i < Op::arity; ++i) x[i] = a.item(i).number();
      return table.scalar(&op, x);
    }
    std::vector<internal::Argument> operands_of_call;
    operands_of_call.reserve(Op::arity);
    for (std::size_t i = 0; i < Op::arity; ++i) {
      if (a.item(i).is_number())
        operands_of_call.emplace_back(a.item(i).number());
      else
        operands_of_call.emplace_back(a.item(i).value());
    }
    return internal::record(table, &op, operands_of_call);
  };
  return f;
}

std::vector<Function> all_functions() {
  std::vector<Function> all;
#define BRICKGRAD_ROW(Op, function) all.push_back(elementwise_function<ops::Op>(#function));
  BRICKGRAD_ELEMENTWISE_OPS(BRICKGRAD_ROW)
#undef BRICKGRAD_ROW
  for (Function& f : tensor_functions()) all.push_back(std::move(f));
  for (Function& f : all) read_signature(f);
  return all;
}

/// "1 argument", "2 or 3 arguments".
std::string wanted_count(std::size_t least, std::size_t most) {
  if (least == most) return fmt::format("{} argument{}", least, least == 1 ? "" : "s");
  return fmt::format("{} {} {} arguments", least, most == least + 1 ? "or" : "to", most);
}

}  // namespace

Value Item::as_value(DType dtype) const {
  return is_number() ? constant(Tensor::full({}, number_, dtype)) : value_;
}

double Arguments::number(std::size_t i, double otherwise) const {
  if (!given(i)) return otherwise;
  if (item(i).is_number()) return item(i).number();
  if (item(i).value().requires_grad())
    fail("{} is no input of the function that can be differentiated: write a number",
         parameters_[i].name);
  return item(i).value().item();
}

// The derivative to a whole number is 0 wherever there is one: labels may be inputs.
std::int64_t Arguments::whole(std::size_t i, std::int64_t otherwise) const {
  if (!given(i)) return otherwise;
  return whole_number(item(i).is_number() ? item(i).number() : item(i).value().item(),
                      parameters_[i].name);
}

std::vector<std::int64_t> Arguments::wholes(std::size_t i) const {
  if (!given(i)) return {};
  return whole_numbers(item(i), parameters_[i].name);
}

std::vector<std::int64_t> Arguments::repeated_wholes() const {
  if (items_.size() == 1) return whole_numbers(items_[0], "an extent");
  std::vector<std::int64_t> out;
  for (const Item& item : items_) {
    if (!item.is_number() && item.value().rank() > 0)
      fail("the extents are either numbers or one list of numbers");
    out.push_back(
        whole_number(item.is_number() ? item.number() : item.value().item(), "an extent"));
  }
  return out;
}

const std::vector<Function>& functions() {
  static const std::vector<Function> all = all_functions();
  return all;
}

const Function* find_function(std::string_view name) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, const Function*> map;
    for (const Function& f : functions()) map.emplace(f.name, &f);
    return map;
  }();
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

const std::vector<std::string>& function_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const Function& f : functions()) out.push_back(f.name);
    return out;
  }();
  return names;
}

void check_arguments(const Function& f, std::span<const std::string> keywords, std::size_t count,
                     const std::function<void(const std::string&)>& refuse) {
  std::size_t most = 0, positional = 0;
  bool repeated = false;
  for (const Parameter& p : f.parameters) {
    repeated = repeated || p.repeated;
    ++most;
  }
  std::vector<bool> given(most, false);
  for (std::size_t i = 0; i < count; ++i) {
    if (keywords.empty() || keywords[i].empty()) {
      if (!repeated && positional < most) given[positional] = true;
      ++positional;
      continue;
    }
    const auto p = std::find_if(f.parameters.begin(), f.parameters.end(),
                                [&](const Parameter& q) { return q.name == keywords[i]; });
    if (p == f.parameters.end() || p->repeated) {
      std::vector<std::string> names;
      for (const Parameter& q : f.parameters) names.push_back(q.name);
      refuse(fmt::format("{} has no parameter '{}'{}: {}", f.name, shortened(keywords[i]),
                         suggestion(keywords[i], names), f.signature));
    }
    const auto k = static_cast<std::size_t>(p - f.parameters.begin());
    if (given[k]) refuse(fmt::format("{} is given twice: {}", keywords[i], f.signature));
    given[k] = true;
  }
  const auto least = static_cast<std::size_t>(
      std::count_if(f.parameters.begin(), f.parameters.end(),
                    [](const Parameter& p) { return p.default_text.empty() && !p.repeated; }));
  if (!repeated && positional > most)
    refuse(fmt::format("{} takes {}, not {}: {}", f.name, wanted_count(least, most), count,
                       f.signature));
  if (repeated && positional == 0)
    refuse(fmt::format("{} wants at least one argument: {}", f.name, f.signature));
  for (std::size_t k = 0; k < most; ++k)
    if (!given[k] && f.parameters[k].default_text.empty() && !f.parameters[k].repeated)
      refuse(fmt::format("{} takes {}, not {}; '{}' is missing: {}", f.name,
                         wanted_count(least, most), count, f.parameters[k].name, f.signature));
}

Item invoke(const Function& f, std::span<const std::string> keywords,
            std::span<const Item> arguments, DType dtype) {
  constexpr std::size_t most_parameters = 8;
  const Item* places[most_parameters] = {};
  if (f.parameters.size() > most_parameters) fail("{} has too many parameters", f.name);
  const bool repeated = !f.parameters.empty() && f.parameters[0].repeated;
  std::size_t positional = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (keywords.empty() || keywords[i].empty()) {
      if (!repeated) places[positional] = &arguments[i];
      ++positional;
      continue;
    }
    for (std::size_t k = 0; k < f.parameters.size(); ++k)
      if (f.parameters[k].name == keywords[i]) places[k] = &arguments[i];
  }
  // Of repeated arguments those with names are no part.
  std::vector<Item> unnamed;
  std::span<const Item> items = arguments;
  if (repeated && positional < arguments.size()) {
    for (std::size_t i = 0; i < arguments.size(); ++i)
      if (keywords[i].empty()) unnamed.push_back(arguments[i]);
    items = unnamed;
  }
  return f.apply(Arguments(items, f.parameters, std::span(places, f.parameters.size()), dtype));
}

}  // namespace tools::language
