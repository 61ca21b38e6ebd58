#include <sys/stat.h>
#include <algorithm>
#include <autograd/error.hpp>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nn/data.hpp>

namespace brickgrad::nn {
namespace {

constexpr std::size_t longest_line = 1'000'000;

/// The text for an error message: a piece of it, and nothing that a terminal would obey.
std::string quoted(std::string_view text) {
  std::string shown;
  for (char c : text.substr(0, 40))
    shown += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
  return "'" + shown + (text.size() > 40 ? "…'" : "'");
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Lines of limited length, with their numbers.
class Lines {
 public:
  Lines(std::istream& in, const std::string& source) : in_(in), source_(source) {}
  /// The next line that is not empty; false at the end.
  bool next(std::string& line) {
    do {
      line.clear();
      ++number_;
      int c = in_.get();
      if (c == EOF) return false;
      for (; c != EOF && c != '\n'; c = in_.get()) {
        if (line.size() == longest_line)
          fail("{}: line {} is longer than {} characters; is it a CSV file?", source_, number_,
               longest_line);
        line += static_cast<char>(c);
      }
      if (number_ == 1 && line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);  // a byte order mark
    } while (trimmed(line).empty());
    return true;
  }
  std::int64_t number() const { return number_; }

 private:
  std::istream& in_;
  const std::string& source_;
  std::int64_t number_ = 0;
};

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> cells;
  for (;;) {
    const auto end = line.find(separator);
    std::string_view cell = trimmed(line.substr(0, end));
    if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"')
      cell = cell.substr(1, cell.size() - 2);
    cells.push_back(cell);
    if (end == line.npos) return cells;
    line.remove_prefix(end + 1);
  }
}

/// The whole of the text as a number, which may be infinite or NaN; false when it is none.
bool is_number(std::string_view text, double& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('+') || text.empty()) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse(std::string_view text, double& number) {
  return is_number(text, number) && std::isfinite(number);
}

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ", ") + quoted(name);
  return all;
}

/// "column 2 ('weight')"; without the name that is given to columns without one.
std::string column_text(std::size_t i, const std::string& name) {
  const std::string number = fmt::format("column {}", i + 1);
  return name == std::to_string(i) ? number : fmt::format("{} ({})", number, quoted(name));
}

/// The names of the columns in the first line.
std::vector<std::string> names_in(const std::vector<std::string_view>& cells,
                                  const std::string& source, std::int64_t line) {
  std::vector<std::string> names;
  for (const auto name : cells) {
    if (name.empty()) fail("{}: line {}: column {} has no name", source, line, names.size() + 1);
    if (std::find(names.begin(), names.end(), name) != names.end())
      fail("{}: line {}: two columns are named {}", source, line, quoted(name));
    names.emplace_back(name);
  }
  return names;
}

bool all_numbers(const std::vector<std::string_view>& cells) {
  double number = 0;
  return std::all_of(cells.begin(), cells.end(),
                     [&](std::string_view cell) { return is_number(cell, number); });
}

}  // namespace

Table read_csv(std::istream& in, const std::string& source, const CsvOptions& options) {
  Lines lines(in, source);
  std::string line;
  std::vector<std::string> names;
  std::vector<double> values;
  while (lines.next(line)) {
    const auto cells = split(line, options.separator);
    if (names.empty()) {
      const bool numbers = all_numbers(cells);
      if (numbers && options.header == true)
        fail(
            "{}: line {} has numbers where the names of the columns should be; give the file a "
            "first line such as x1,x2,class, or read it with {{.header = false}}",
            source, lines.number());
      if (options.header.value_or(!numbers)) {
        names = names_in(cells, source, lines.number());
        continue;
      }
      for (std::size_t i = 0; i < cells.size(); ++i) names.push_back(std::to_string(i));
    }
    if (cells.size() != names.size())
      fail("{}: line {} has {} column{}, the first has {}", source, lines.number(), cells.size(),
           cells.size() == 1 ? "" : "s", names.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      double number = 0;
      if (cells[i].empty())
        fail("{}: line {}: {} is empty", source, lines.number(), column_text(i, names[i]));
      if (!parse(cells[i], number))
        fail("{}: line {}: {} in {} is not a finite number", source, lines.number(),
             quoted(cells[i]), column_text(i, names[i]));
      values.push_back(number);
    }
  }
  if (names.empty() && options.header == true)
    fail("{}: the file is empty; its first line should name the columns", source);
  if (in.bad()) fail("{}: cannot be read beyond line {}", source, lines.number());
  if (values.empty()) fail("{}: there are no rows of numbers", source);
  const auto columns = static_cast<std::int64_t>(names.size());
  const auto rows = static_cast<std::int64_t>(values.size()) / columns;
  return Table(source, std::move(names), Tensor::from(values, {rows, columns}));
}

Table read_csv(const std::string& path, const CsvOptions& options) {
  if (struct stat facts{}; stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode))
    fail("{}: is a folder; name a file in it", path);
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("{}: cannot be opened: {}", path, std::strerror(errno));
  return read_csv(in, path, options);
}

std::int64_t Table::find(std::string_view name) const {
  const auto at = std::find(names_.begin(), names_.end(), name);
  if (at == names_.end())
    fail("{}: there is no column {}; there are {}", source_, quoted(name), listed(names_));
  return at - names_.begin();
}

Tensor Table::columns(const std::vector<std::string>& names) const {
  Tensor out = Tensor::empty({rows(), static_cast<std::int64_t>(names.size())});
  double* to = out.data<double>();
  const double* from = values_.data<double>();
  std::vector<std::int64_t> places;
  places.reserve(names.size());
  for (const auto& name : names) places.push_back(find(name));
  for (std::int64_t row = 0; row < rows(); ++row)
    for (auto place : places) *to++ = from[row * values_.size(1) + place];
  return out;
}

std::vector<std::int64_t> Table::labels(std::string_view name) const {
  const std::int64_t place = find(name);
  std::vector<std::int64_t> out;
  for (std::int64_t row = 0; row < rows(); ++row) {
    const double x = values_(row, place);
    if (x < 0 || x != std::floor(x) || x > 1e9)
      fail("{}: row {}: {} in {} is no class; classes are 0, 1, 2, …", source_, row + 1, x,
           column_text(static_cast<std::size_t>(place), names_[static_cast<std::size_t>(place)]));
    out.push_back(static_cast<std::int64_t>(x));
  }
  return out;
}

std::vector<std::int64_t> argmax(const Value& rows) {
  const Shape shape = rows.shape();
  if (shape.rank() != 2 || shape[1] == 0)
    fail("argmax: shape {} has no rows of classes; reshape it to (rows, classes)", shape);
  const std::vector<double> x = rows.node()->borrowed_value().to_vector();
  std::vector<std::int64_t> places;
  for (auto row = x.begin(); row != x.end(); row += shape[1]) {
    auto less = [](double a, double b) { return !std::isnan(a) && (std::isnan(b) || a < b); };
    places.push_back(std::max_element(row, row + shape[1], less) - row);
  }
  return places;
}

double accuracy(const Value& logits, std::span<const std::int64_t> labels) {
  const auto chosen = argmax(logits);
  if (chosen.size() != labels.size())
    fail("accuracy: {} labels for {} rows; give one label a row", labels.size(), chosen.size());
  if (chosen.empty()) fail("accuracy: no rows; the accuracy of none is not defined");
  std::size_t right = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) right += chosen[i] == labels[i];
  return static_cast<double>(right) / static_cast<double>(chosen.size());
}

}  // namespace brickgrad::nn
