#include <algorithm>
#include <autograd/draw/numbers.hpp>
#include <autograd/graph/deferred.hpp>
#include <cmath>
#include <limits>

namespace brickgrad::internal {
namespace {

class Summing {
 public:
  void add(double x) {
    ++s_.count;
    if (std::isnan(x)) {
      ++s_.nans;
    } else if (std::isinf(x)) {
      ++s_.infinities;
    } else {
      if (x == 0) ++s_.zeros;
      s_.smallest = finite_ == 0 ? x : std::min(s_.smallest, x);
      s_.largest = finite_ == 0 ? x : std::max(s_.largest, x);
      sum_ += x;
      squares_ += x * x;
      ++finite_;
    }
  }
  Summary result() {
    if (finite_ > 0) s_.mean = sum_ / static_cast<double>(finite_);
    // The squares of tiny or huge numbers are out of range where the numbers are not.
    const double largest = std::max(std::abs(s_.smallest), std::abs(s_.largest));
    s_.norm = s_.nans > 0               ? std::numeric_limits<double>::quiet_NaN()
              : s_.infinities > 0       ? std::numeric_limits<double>::infinity()
              : std::isnormal(squares_) ? std::sqrt(squares_)
                                        : largest;
    // What rounding leaves of a sum that cancels.
    if (std::abs(s_.mean) < 1e-15 * largest) s_.mean = 0;
    return s_;
  }

 private:
  Summary s_;
  double sum_ = 0, squares_ = 0;
  std::int64_t finite_ = 0;
};

}  // namespace

Summary summarise(const Tensor& t) {
  Summing summing;
  const Tensor dense = t.contiguous();
  with_dtype(t.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* x = static_cast<const T*>(dense.raw());
    for (std::int64_t i = 0; i < dense.numel(); ++i) summing.add(static_cast<double>(x[i]));
  });
  return summing.result();
}

Summary summarise(double x) {
  Summing summing;
  summing.add(x);
  return summing.result();
}

Summary operator+(const Summary& a, const Summary& b) {
  const std::int64_t finite_a = a.count - a.nans - a.infinities,
                     finite_b = b.count - b.nans - b.infinities;
  Summary s = finite_a > 0 ? a : b;
  s.count = a.count + b.count;
  s.zeros = a.zeros + b.zeros;
  s.nans = a.nans + b.nans;
  s.infinities = a.infinities + b.infinities;
  s.norm =
      a.nans + b.nans > 0 ? std::numeric_limits<double>::quiet_NaN() : std::hypot(a.norm, b.norm);
  if (finite_a == 0 || finite_b == 0) return s;
  s.smallest = std::min(a.smallest, b.smallest);
  s.largest = std::max(a.largest, b.largest);
  s.mean = (a.mean * static_cast<double>(finite_a) + b.mean * static_cast<double>(finite_b)) /
           static_cast<double>(finite_a + finite_b);
  return s;
}

std::string bad_numbers(const Summary& s) {
  if (s.nans > 0) return s.infinities > 0 ? "NaN and infinite" : "NaN";
  return s.infinities > 0 ? "infinite" : "";
}

std::string short_number(double x) {
  if (std::isnan(x)) return "NaN";
  return format_number(x == 0 ? 0 : x, 6);
}

std::optional<Tensor> value_of(const Node& n) {
  if (is_lost(n)) return std::nullopt;
  return n.borrowed_value();
}

std::optional<Tensor> gradient_of(const Node& n) {
  if (!has_gradient(n)) return std::nullopt;
  if (!n.is(has_adjoint)) return Tensor::zeros(n.shape(), n.dtype());
  if (!n.is(array)) return Tensor(n.adjoint);
  return Tensor::borrow(n.adjoint_data, n.shape(), n.dtype());
}

bool has_gradient(const Node& n) {
  return n.is(requires_grad) && (n.is(has_adjoint) || n.is(zeroed));
}

Summary summarise_value(const Node& n) {
  if (!n.is(array)) return summarise(n.number);
  const auto value = value_of(n);
  return value ? summarise(*value) : Summary();
}

Summary summarise_gradient(const Node& n) {
  if (n.is(array)) return summarise(*gradient_of(n));
  return summarise(n.is(has_adjoint) ? n.adjoint : 0.0);
}

}  // namespace brickgrad::internal
