#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/trouble/speaker.hpp>

namespace brickgrad::internal {
namespace {

constexpr std::size_t shown_steps = 8, shown_places = 6, most_compared = 100;

bool has_own_name(const Node& n) { return label_of(n) && !label_of(n)->empty(); }

std::string ordinal(std::size_t n) {
  const bool teen = n % 100 / 10 == 1;
  const char* end = teen || n % 10 > 3 || n % 10 == 0 ? "th"
                    : n % 10 == 1                     ? "st"
                    : n % 10 == 2                     ? "nd"
                                                      : "rd";
  return fmt::format("{}{}", n, end);
}

template <class Item, class Name>
std::string listed_items(const std::vector<Item>& items, const char* between, std::size_t most,
                         Name name) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items.size() > most && i == most / 2) {
      text += fmt::format("{}…", between);
      i = items.size() - (most - most / 2);
    }
    text += (text.empty() ? "" : between) + name(items[i]);
  }
  return text;
}

}  // namespace

std::string listed(const std::vector<std::string>& names, const char* between, std::size_t most) {
  return listed_items(names, between, most, [](const std::string& name) { return name; });
}

std::string spoken_name(const Node& n, const std::string& name) {
  std::string own = name;
  if (own.empty() && label_of(n)) own = printable(*label_of(n), short_name_length);
  if (n.is(leaf)) return !own.empty() ? own : n.is(requires_grad) ? "a leaf" : "a constant";
  return own.empty() ? n.op->name : fmt::format("{} ({})", own, n.op->name);
}

Speaker::Speaker(const GraphWalk& walk, const CallTree& calls, std::span<const std::string> names)
    : walk_(walk), calls_(calls), names_(names) {}

const std::vector<Speaker::Index>& Speaker::called(const std::string& text) const {
  // Most graphs have no trouble, and nothing is said of them.
  if (alike_.empty())
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      const auto node = static_cast<Index>(i);
      alike_[located(node, plain(node))].push_back(node);
    }
  return alike_.at(text);
}

std::string Speaker::plain(Index i) const {
  return spoken_name(walk_.node(i), names_.empty() ? "" : names_[i]);
}

std::string Speaker::located(Index i, std::string text) const {
  const Node& n = walk_.node(i);
  const CallTree::Index home = calls_.home(i);
  // Parameters have names that tell.
  if (home == CallTree::outside || (n.is(leaf) && label_of(n))) return text;
  const std::string &name = calls_.call(home).name, &type = calls_.call(home).type;
  if (name.empty() && type.empty()) return text;
  return fmt::format("{} in {}{}{}", text, printable(name, short_name_length),
                     name.empty() || type.empty() ? "" : " ", printable(type, short_name_length));
}

/// By its operands, its use, or its number in the order of computation.
std::string Speaker::told_apart(Index i) const {
  std::string text = plain(i);
  const std::vector<Index>& alike = called(located(i, text));
  if (alike.size() == 1) return text;
  const auto of_operands = [&](Index node) {
    std::vector<std::string> names;
    for (const Index operand : walk_.operands(node))
      if (operand != GraphWalk::number && has_own_name(walk_.node(operand)))
        names.push_back(printable(*label_of(walk_.node(operand)), short_name_length));
    return listed(names, ", ", 3);
  };
  if (alike.size() <= most_compared) {
    const std::string own = of_operands(i);
    const auto same = std::count_if(alike.begin(), alike.end(),
                                    [&](Index other) { return of_operands(other) == own; });
    if (!own.empty() && same == 1) return fmt::format("{} of {}", text, own);
  }
  const auto at = std::find(alike.begin(), alike.end(), i) - alike.begin() + 1;
  return fmt::format("{}, the {} of {}", text, ordinal(static_cast<std::size_t>(at)), alike.size());
}

std::string Speaker::spoken(Index i) const { return told_apart(i); }

std::string Speaker::place(Index i) const { return located(i, told_apart(i)); }

std::string Speaker::places(const std::vector<Index>& nodes) const {
  return listed_items(nodes, ", ", shown_places, [this](Index i) { return place(i); });
}

std::string Speaker::steps(const std::vector<Index>& way) const {
  return listed_items(way, " → ", shown_steps, [this](Index i) { return spoken(i); });
}

}  // namespace brickgrad::internal
