// brickgrad ops: every function of the language with its formula and its derivatives, in the
// terminal, as JSON, and as the page docs/ops.md.
#include "ops.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "language/reference.hpp"
#include "language/suggest.hpp"

namespace tools {

using language::describe_function;
using language::Function;
using language::Reference;

namespace {

enum class Kind { elementwise, on_tensors, others };

Kind kind_of(const Function& f) {
  return f.is_elementwise() ? Kind::elementwise : f.op >= 0 ? Kind::on_tensors : Kind::others;
}

constexpr struct {
  Kind kind;
  const char *name, *title;
} kinds[] = {
    {Kind::elementwise, "elementwise", "Element by element"},
    {Kind::on_tensors, "tensor", "On tensors"},
    {Kind::others, "derived", "Made from these, comparisons and constants"},
};

/// The name and the operands, without what may be left out.
std::string short_signature(const Function& f) {
  std::string out = f.name + "(";
  bool first = true;
  for (const auto& p : f.parameters) {
    if (!p.default_text.empty()) continue;
    out += (first ? "" : ", ") + p.name + (p.repeated ? "..." : "");
    first = false;
  }
  return out + ")";
}

std::string cut(std::string text, int columns) {
  if (display_width(text) <= columns || columns < 8) return text;
  while (display_width(text) > columns - 3) text.pop_back();
  return text + "...";
}

std::string derivatives_in_line(const Reference& r) {
  std::vector<std::string> parts;
  for (const auto& [operand, text] : r.derivatives)
    if (text != "none") parts.push_back(fmt::format("d/d{} = {}", operand, text));
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// Whether a derivative is written with the result, y.
bool uses_result(const std::pair<std::string, std::string>& derivative) {
  const std::string& text = derivative.second;
  const auto is_part = [&](std::size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_');
  };
  for (auto at = text.find('y'); at != std::string::npos; at = text.find('y', at + 1))
    if (!is_part(at - 1) && !is_part(at + 1)) return true;
  return false;
}

const Function& wanted(std::string_view name) {
  if (const Function* f = language::find_function(name)) return *f;
  throw WrongUse(fmt::format("there is no function '{}'{}", name,
                             language::suggestion(name, language::function_names())));
}

nlohmann::ordered_json json_of(const Function& f) {
  const Reference r = describe_function(f);
  nlohmann::ordered_json out;
  out["name"] = f.name;
  out["signature"] = f.signature;
  for (const auto& k : kinds)
    if (k.kind == kind_of(f)) out["kind"] = k.name;
  if (!f.summary.empty()) out["summary"] = f.summary;
  if (f.is_elementwise()) {
    out["formula"] = r.formula;
    for (const auto& [operand, text] : r.derivatives)
      out["derivatives"][operand] = nlohmann::ordered_json(text);
    if (!r.defined.empty()) out["defined"] = r.defined;
    out["samples"] = r.samples;
    out["kinks"] = r.kinks;
  }
  out["example"] = f.example;
  return out;
}

/// Text in a cell of a table.
std::string code(std::string_view text) {
  std::string out = "`";
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out + "`";
}

std::string markdown() {
  std::string out =
      "# The operations\n\n"
      "This page is what `brickgrad ops --markdown` prints; it is made by running the operations' "
      "own definitions. All of them are functions of the expression language (`brickgrad eval`), "
      "and of the same names on `Tensor` and `Value` in C++. In derivatives, `y` is the result.\n";
  std::string kinks;
  for (const auto& k : kinds) {
    const bool elementwise = k.kind == Kind::elementwise;
    out += fmt::format("\n## {}\n\n", k.title);
    out += elementwise ? "| function | formula | derivatives | finite for |\n|---|---|---|---|\n"
                       : "| function | what it gives | example |\n|---|---|---|\n";
    for (const Function& f : language::functions()) {
      if (kind_of(f) != k.kind) continue;
      if (!elementwise) {
        out += fmt::format("| {} | {} | {} |\n", code(f.signature), f.summary, code(f.example));
        continue;
      }
      const Reference r = describe_function(f);
      std::string derivatives;
      for (const auto& [operand, text] : r.derivatives)
        derivatives += fmt::format("{}d/d{}: {}", derivatives.empty() ? "" : "<br>", operand,
                                   text == "none" ? text : code(text));
      out += fmt::format("| {} | {} | {} | {} |\n", code(f.signature), code(r.formula), derivatives,
                         r.defined.empty() ? "" : code(r.defined));
      for (const std::string& kink : r.kinks)
        kinks += fmt::format("| {} | {} |\n", code(f.name), kink);
    }
    if (elementwise) {
      for (const Function& f : language::functions())
        if (kind_of(f) == k.kind && !f.summary.empty())
          out += fmt::format("\n{} is {}.\n", code(f.name), f.summary);
      out +=
          "\n### At kinks and poles\n\n"
          "What the derivatives are where they jump or are not finite, at and around -1, 0 and "
          "1.\n\n| function | there |\n|---|---|\n" +
          kinks;
    }
  }
  return out;
}

}  // namespace

std::string reference_list(const Terminal& terminal) {
  std::size_t width = 0;
  for (const Function& f : language::functions()) width = std::max(width, f.name.size());
  std::string out;
  for (const auto& k : kinds) {
    out += fmt::format("{}{}{}\n", out.empty() ? "" : "\n", terminal.styled(Style::bold, k.title),
                       k.kind == Kind::elementwise ? " (y is the result)" : "");
    for (const Function& f : language::functions()) {
      if (kind_of(f) != k.kind) continue;
      const Reference r = describe_function(f);
      const std::string text = f.is_elementwise()
                                   ? fmt::format("{} = {}", short_signature(f), r.formula)
                                   : fmt::format("{}: {}", short_signature(f), f.summary);
      const std::string all = f.is_elementwise() ? text + "; " + derivatives_in_line(r) : text;
      const int room = terminal.width - static_cast<int>(width) - 4;
      out += fmt::format("  {}{}  {}\n", terminal.styled(Style::cyan, f.name),
                         std::string(width - f.name.size(), ' '),
                         terminal.interactive ? cut(all, room) : all);
    }
  }
  return out;
}

std::string reference_entry(std::string_view name, const Terminal& terminal) {
  const Function& f = wanted(name);
  const Reference r = describe_function(f);
  std::string out = terminal.styled(Style::bold, f.signature) + "\n";
  const auto line = [&](std::string_view label, std::string_view text) {
    if (!text.empty()) out += fmt::format("  {:<10}  {}\n", label, text);
  };
  line("gives", f.summary);
  line("formula", r.formula);
  for (const auto& [operand, text] : r.derivatives)
    line("d/d" + operand, text == "none" ? "none: it receives no gradient" : text);
  line("", std::any_of(r.derivatives.begin(), r.derivatives.end(), uses_result) ? "y is the result"
                                                                                : "");
  line("finite for", r.defined);
  for (std::size_t i = 0; i < r.kinks.size(); ++i) line(i == 0 ? "kinks" : "", r.kinks[i]);
  if (!r.samples.empty()) line("checked on", fmt::format("{}", fmt::join(r.samples, " x ")));
  line("example", f.example);
  return out;
}

Action add_ops(CLI::App& parser) {
  struct Arguments {
    std::string name;
    bool json = false, markdown = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::Option* name = parser.add_option("name", a->name, "All about one function");
  CLI::Option* json = parser.add_flag("--json", a->json, "Print JSON");
  parser.add_flag("--markdown", a->markdown, "Print the page docs/ops.md")
      ->excludes(json)
      ->excludes(name);
  return [a] {
    const Terminal out = terminal(stdout);
    if (a->markdown) {
      fmt::print("{}", markdown());
    } else if (a->json) {
      nlohmann::ordered_json all = nlohmann::ordered_json::array();
      for (const Function& f : language::functions())
        if (a->name.empty()) all.push_back(json_of(f));
      fmt::print("{}\n", a->name.empty() ? all.dump(2) : json_of(wanted(a->name)).dump(2));
    } else {
      fmt::print("{}", a->name.empty() ? reference_list(out) : reference_entry(a->name, out));
    }
    return success;
  };
}

}  // namespace tools
