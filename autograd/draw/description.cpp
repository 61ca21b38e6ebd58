#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/description.hpp>
#include <autograd/draw/group_content.hpp>
#include <autograd/draw/label_text.hpp>

namespace brickgrad::internal {
namespace {

constexpr std::size_t most_steps = 40, spoken_leaves = 12;

std::string spoken_shape(const Node& n) {
  const Shape s = n.shape();
  return s.rank() == 0 ? "a number" : "shape " + to_string(s);
}

/// ", value 2, gradient -3".
std::string numbers_text(const Node& n) {
  std::string text;
  if (n.numel() != 1) return text;
  if (value_of(n)) text += ", value " + short_number(value_of(n)->item());
  if (has_gradient(n)) text += ", gradient " + short_number(gradient_of(n)->item());
  return text;
}

std::string box_name(const Drawing& d, std::size_t b) {
  const Picture::Box& box = d.picture().box(b);
  if (box.group != Picture::none) return group_title(d.walk(), d.folding().groups[box.group]);
  return spoken_name(d.walk().node(box.node));
}

class Words {
 public:
  explicit Words(Drawing& d) : d_(d) {}

  std::string text() {
    leaves(true, "Leaves that receive a gradient");
    leaves(false, "Constants");
    steps();
    for (const std::string& line : d_.trouble().lines) out_ += line + ". ";
    out_ += d_.picture().size() > 1 ? "Gradients flow from the result back to the leaves." : "";
    return out_;
  }

 private:
  bool is_leaf(std::size_t b) const {
    const Picture::Box& box = d_.picture().box(b);
    return d_.walk().node(box.node).is(leaf) &&
           (box.group != Picture::none || !d_.inlined(box.node));
  }

  void leaves(bool with_gradient, const char* what) {
    std::string list;
    std::size_t count = 0;
    for (std::size_t b = 0; b < d_.picture().size(); ++b) {
      const Node& n = d_.walk().node(d_.picture().box(b).node);
      if (!is_leaf(b) || n.is(requires_grad) != with_gradient) continue;
      if (++count > spoken_leaves) continue;
      list += (list.empty() ? "" : "; ") + box_name(d_, b);
      if (d_.picture().box(b).group == Picture::none)
        list += ", " + spoken_shape(n) + numbers_text(n);
    }
    if (count == 0) return;
    out_ += fmt::format("{} ({}): {}{}. ", what, count, list,
                        count > spoken_leaves ? "; and more" : "");
  }

  void steps() {
    std::vector<std::size_t> made;
    for (std::size_t b = 0; b < d_.picture().size(); ++b)
      if (!d_.walk().node(d_.picture().box(b).node).is(leaf)) made.push_back(b);
    if (made.empty()) return;
    if (made.size() > most_steps) {
      out_ += fmt::format("{} steps lead from there to the result, {}. ", made.size(),
                          box_name(d_, made.back()));
      return;
    }
    out_ += "Steps: ";
    for (std::size_t k = 0; k < made.size(); ++k) {
      const std::size_t b = made[k];
      const Node& n = d_.walk().node(d_.picture().box(b).node);
      std::string from;
      for (const Picture::Edge& e : d_.picture().edges(b)) {
        if (e.from == Picture::none) continue;
        const Picture::Box& box = d_.picture().box(e.from);
        if (box.group == Picture::none && d_.inlined(box.node)) continue;
        from += (from.empty() ? " of " : " and ") + step_name(made, e.from);
      }
      out_ += fmt::format("{}: {}{}, {}{}{}. ", k + 1, box_name(d_, b), from, spoken_shape(n),
                          numbers_text(n), k + 1 == made.size() ? ", the result" : "");
    }
  }

  /// Its name, or its number where it has none.
  std::string step_name(const std::vector<std::size_t>& made, std::size_t b) const {
    const Picture::Box& box = d_.picture().box(b);
    const Node& n = d_.walk().node(box.node);
    if (n.is(leaf) || (box.group == Picture::none && label_of(n))) return box_name(d_, b);
    const auto at = std::lower_bound(made.begin(), made.end(), b);
    return fmt::format("step {}", at - made.begin() + 1);
  }

  Drawing& d_;
  std::string out_;
};

}  // namespace

std::string spoken_title(const Drawing& drawing, const DotOptions& options) {
  if (!options.title.empty()) return printable(options.title, title_length);
  const std::size_t last = drawing.picture().size() - 1;
  return fmt::format("Computation graph of {}: {} value{}", box_name(drawing, last),
                     drawing.walk().size(), drawing.walk().size() == 1 ? "" : "s");
}

std::string description(Drawing& drawing) { return Words(drawing).text(); }

}  // namespace brickgrad::internal
