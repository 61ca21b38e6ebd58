#include <algorithm>
#include <map>
#include <nn/summary.hpp>
#include <unordered_set>

namespace brickgrad::nn::internal {
namespace {

struct Shapes : CallObserver {
  void called(const ModuleState& module, const Value& result) override {
    of[&module] = to_string(result.shape());
  }
  std::map<const ModuleState*, std::string> of;
};

class Table {
 public:
  Table(const Shapes* shapes) : shapes_(shapes) {
    row("layer", "type", "parameters", "count");
    if (shapes_) rows_.back().push_back("result");
  }

  void add(const ModuleState& m, const std::string& path, const std::string& type) {
    std::string parameters;
    std::int64_t count = 0;
    for (const auto& [name, value] : m.parameters) {
      parameters += fmt::format("{}{} {}", parameters.empty() ? "" : ", ", name, value.shape());
      if (seen_.insert(value.node()).second) count += value.numel();
    }
    const std::string what = m.details.empty() ? type : fmt::format("{}({})", type, m.details);
    row(path.empty() ? "(net)" : path, what, parameters,
        m.parameters.empty() ? "" : std::to_string(count));
    if (shapes_) {
      const auto shape = shapes_->of.find(&m);
      rows_.back().push_back(shape == shapes_->of.end() ? "" : shape->second);
    }
    for (const auto& child : m.children)
      add(*child.state, path.empty() ? child.name : path + "." + child.name, child.state->type);
  }

  std::string text(std::int64_t total) const {
    std::vector<std::size_t> width(rows_[0].size());
    for (const auto& r : rows_)
      for (std::size_t i = 0; i < r.size(); ++i) width[i] = std::max(width[i], r[i].size());
    std::string out;
    auto line = [&](const std::vector<std::string>& cells) {
      std::string text;
      for (std::size_t i = 0; i < cells.size(); ++i)
        text += fmt::format(
            "{}{:{}}", i ? "  " : "",
            i == count_column ? fmt::format("{:>{}}", cells[i], width[i]) : cells[i], width[i]);
      out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
    };
    std::vector<std::string> rule;
    rule.reserve(width.size());
    for (auto w : width) rule.emplace_back(w, '-');
    line(rows_[0]);
    line(rule);
    for (std::size_t i = 1; i < rows_.size(); ++i) line(rows_[i]);
    line(rule);
    return out + fmt::format("{} parameter{}\n", total, total == 1 ? "" : "s");
  }

 private:
  static constexpr std::size_t count_column = 3;
  void row(const std::string& path, const std::string& type, const std::string& parameters,
           const std::string& count) {
    rows_.push_back({path, type, parameters, count});
  }

  const Shapes* shapes_;
  std::unordered_set<const void*> seen_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace

std::string summary_table(const Module& net, const std::string& type,
                          const std::function<void()>& run) {
  Shapes shapes;
  if (run) run();
  Table table(run ? &shapes : nullptr);
  table.add(*net.state(), "", net.state()->type == "Module" ? type : net.state()->type);
  return table.text(net.parameter_count());
}

}  // namespace brickgrad::nn::internal
