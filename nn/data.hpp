// Data sets: tables of numbers from CSV files, and how many labels a network gets right.
//   nn::Table t = nn::read_csv("points.csv");        // the first line names the columns
//   Tensor X = t.columns({"x1", "x2"});              // (rows, 2)
//   std::vector<std::int64_t> y = t.labels("label");
//   double right = nn::accuracy(net(X), y);
#pragma once

#include <autograd/graph/value.hpp>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace brickgrad::nn {

/// Named columns of numbers.
class Table {
 public:
  Table(std::string source, std::vector<std::string> names, Tensor values)
      : source_(std::move(source)), names_(std::move(names)), values_(std::move(values)) {}
  const std::vector<std::string>& names() const { return names_; }
  /// All numbers: (rows, columns).
  const Tensor& values() const { return values_; }
  std::int64_t rows() const { return values_.size(0); }
  /// These columns in this order: (rows, names). Throws Error for a name that is not there.
  Tensor columns(const std::vector<std::string>& names) const;
  /// One column as class indices. Throws Error, with the line, for what is no whole number from 0.
  std::vector<std::int64_t> labels(std::string_view name) const;

 private:
  std::int64_t find(std::string_view name) const;
  std::string source_;
  std::vector<std::string> names_;
  Tensor values_;
};

struct CsvOptions {
  char separator = ',';
  /// The first line names the columns; without one they are "0", "1", … With nullopt it does unless
  /// all that stands in it are numbers.
  std::optional<bool> header = true;
};

/// Reads a file of numbers. Throws Error with the file, line and column of what is wrong: a file
/// that cannot be read or is empty, a line with more or fewer columns than the first, text that is
/// no finite number, a line of more than a million characters. Empty lines are skipped.
Table read_csv(const std::string& path, const CsvOptions& options = {});
/// The same from a stream that errors call `source`.
Table read_csv(std::istream& in, const std::string& source, const CsvOptions& options = {});

/// The place of the largest element of each row, the first of equal ones, and of a NaN before all.
/// Throws Error unless there are rows (rows, classes).
std::vector<std::int64_t> argmax(const Value& rows);
/// The part of the rows, from 0 to 1, whose largest element is at the label.
double accuracy(const Value& logits, std::span<const std::int64_t> labels);

}  // namespace brickgrad::nn
