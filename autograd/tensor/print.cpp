// Tensors as text, in NumPy's manner: nested brackets, columns aligned, large ones summarised.
#include <algorithm>
#include <autograd/tensor/tensor.hpp>
#include <cmath>
#include <ostream>

namespace brickgrad {

std::string format_number(double x, int precision) {
  if (std::isnan(x)) return "nan";
  std::string s = precision >= 17 ? fmt::format("{}", x) : fmt::format("{:.{}g}", x, precision);
  return s;
}

namespace {

class Printer {
 public:
  Printer(const Tensor& t, const PrintOptions& o) : t_(t), options_(o) {
    summary_ = t.numel() > o.threshold;
    if (t.dtype() == float32) options_.precision = std::min(options_.precision, 7);
    index_ = t.shape();
    std::size_t before = 0;
    visit(0, [this, &before](const Dims& at) {
      const std::string s = number(at);
      if (point(s) == s.size()) {
        width_ = std::max(width_, s.size());
      } else {
        before = std::max(before, point(s));
        after_ = std::max(after_, s.size() - point(s));
      }
    });
    width_ = std::max(width_, before + after_);
  }

  std::string text() {
    if (t_.rank() == 0) return number({});
    if (t_.numel() == 0) return "[]";
    std::string out;
    block(0, out);
    return out;
  }

 private:
  std::string number(const Dims& at) const {
    std::string s = format_number(t_.at(at), options_.precision);
    // NumPy marks floating-point numbers with a point.
    if (s.find_first_of(".nai") != std::string::npos) return s;
    return s.insert(std::min(s.find('e'), s.size()), 1, '.');
  }

  /// Where the columns are aligned: the number of characters before the point.
  static std::size_t point(const std::string& s) { return std::min(s.find('.'), s.size()); }

  bool skips(std::int64_t i, std::int64_t n) const {
    return summary_ && n > 2 * options_.edge_items && i >= options_.edge_items &&
           i < n - options_.edge_items;
  }

  template <class F>
  void visit(int axis, const F& f) {
    if (axis == t_.rank()) return f(index_);
    for (std::int64_t i = 0, n = t_.shape()[axis]; i < n; ++i) {
      if (skips(i, n)) i = n - options_.edge_items;
      if (i >= n) break;
      index_[axis] = i;
      visit(axis + 1, f);
    }
  }

  void block(int axis, std::string& out) {
    if (axis == t_.rank()) {
      const std::string s = number(index_);
      // Without a point (nan, inf) the text ends where the column ends.
      const bool has_point = point(s) < s.size();
      const std::size_t right = has_point ? after_ - (s.size() - point(s)) : 0;
      out.append(width_ - right - s.size(), ' ') += s;
      out.append(right, ' ');
      return;
    }
    out += '[';
    const bool last = axis + 1 == t_.rank();
    for (std::int64_t i = 0, n = t_.shape()[axis]; i < n; ++i) {
      if (i > 0) {
        out +=
            last ? " " : std::string(t_.shape().size() - static_cast<std::size_t>(axis) - 1, '\n');
        if (!last) out.append(static_cast<std::size_t>(axis) + 1, ' ');
      }
      if (skips(i, n)) {
        out += "...";
        i = n - options_.edge_items - 1;
        continue;
      }
      index_[axis] = i;
      block(axis + 1, out);
    }
    out += ']';
  }

  const Tensor& t_;
  PrintOptions options_;
  bool summary_ = false;
  Dims index_;
  std::size_t width_ = 0, after_ = 0;
};

}  // namespace

std::string to_string(const Tensor& t, const PrintOptions& options) {
  return Printer(t, options).text();
}

std::ostream& operator<<(std::ostream& out, const Tensor& t) { return out << to_string(t); }

}  // namespace brickgrad
