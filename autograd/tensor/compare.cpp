#include <autograd/tensor/compare.hpp>
#include <autograd/tensor/rows.hpp>
#include <autograd/tensor/structural.hpp>

namespace brickgrad {
namespace {

/// An operand: all elements of the result's shape, or one number for all of them.
template <class T>
struct Compared {
  Tensor all;
  const T* elements;
  bool one;
  Compared(const Tensor& t, const Shape& shape)
      : all(t.to(dtype_of<T>)), elements(nullptr), one(t.numel() == 1) {
    all = (one ? all : broadcasted(all, shape)).contiguous();
    elements = static_cast<const T*>(all.raw());
  }
};

template <class T, class Holds>
void fill(const Compared<T>& a, const Compared<T>& b, std::int64_t n, T* to, Holds holds) {
  const auto run = [&](auto x, auto y) {
    parallel_for(n, {thread_grain, whole_lines}, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) to[i] = holds(x(i), y(i)) ? T(1) : T(0);
    });
  };
  const auto each = [](const T* p) { return [p](std::int64_t i) { return p[i]; }; };
  const auto same = [](T x) { return [x](std::int64_t) { return x; }; };
  if (n == 0) return;
  if (b.one)
    run(each(a.elements), same(*b.elements));
  else if (a.one)
    run(same(*a.elements), each(b.elements));
  else
    run(each(a.elements), each(b.elements));
}

}  // namespace

Tensor compare(const Tensor& a, const Tensor& b, Comparison comparison) {
  const DType dtype = promote(a.dtype(), b.dtype());
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), "comparison");
  Tensor out = Tensor::empty(shape, dtype);
  with_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    const Compared<T> x(a, shape), y(b, shape);
    const auto to_mask = [&](auto holds) {
      fill(x, y, out.numel(), static_cast<T*>(out.raw()), holds);
    };
    switch (comparison) {
      case Comparison::less: return to_mask([](T s, T t) { return s < t; });
      case Comparison::less_equal: return to_mask([](T s, T t) { return s <= t; });
      case Comparison::greater: return to_mask([](T s, T t) { return s > t; });
      case Comparison::greater_equal: return to_mask([](T s, T t) { return s >= t; });
      case Comparison::equal: return to_mask([](T s, T t) { return s == t; });
      case Comparison::not_equal: return to_mask([](T s, T t) { return s != t; });
    }
  });
  return out;
}

}  // namespace brickgrad
