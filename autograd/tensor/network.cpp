#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/tensor/kept.hpp>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/network.hpp>
#include <autograd/tensor/rows.hpp>
#include <autograd/tensor/structural.hpp>

namespace brickgrad {
namespace {

/// Row i of a contiguous tensor whose rows have this length.
const void* row_of(const Tensor& t, std::int64_t i, std::int64_t length) {
  return static_cast<const std::byte*>(t.raw()) +
         i * length * static_cast<std::int64_t>(item_size(t.dtype()));
}
void* row_of(Tensor& t, std::int64_t i, std::int64_t length) {
  return const_cast<void*>(row_of(std::as_const(t), i, length));
}

std::int64_t row_count(const Tensor& x) {
  return x.numel() / std::max<std::int64_t>(1, x.shape().back());
}
Moments* moments_of(const Tensor& moments) { return reinterpret_cast<Moments*>(moments.raw()); }

/// What normalized() left for x.
const Moments* checked(const std::shared_ptr<Tensor>& moments, const Tensor& x) {
  if (!moments || moments->shape() != Shape{row_count(x), 2} || moments->dtype() != float64)
    fail("layer_norm: these are not the moments of rows of shape {}", x.shape());
  return moments_of(*moments);
}

void check_columns(const Shape& x, const Tensor& t, const char* what) {
  if (x.rank() == 0 || t.rank() != 1 || t.shape()[0] != x.back())
    fail("layer_norm: rows of shape {} want a {} of one number a column, not of shape {}", x, what,
         t.shape());
}

}  // namespace

Tensor normalized(const Tensor& input, const Tensor& gain, const Tensor& bias, double epsilon,
                  std::shared_ptr<Tensor>& moments) {
  check_columns(input.shape(), gain, "gain");
  check_columns(input.shape(), bias, "bias");
  const Tensor x = input.contiguous(), a = gain.contiguous(), b = bias.contiguous();
  make_room(moments, {row_count(x), 2}, float64);
  Tensor out = Tensor::empty(x.shape(), x.dtype());
  const bool past_cache = passes_cache(out);
  const auto normalize = kernels().of(x.dtype()).normalize;
  const std::int64_t n = x.shape().back();
  Moments* const all = moments_of(*moments);
  for_rows(row_count(x), n, [&](std::int64_t begin, std::int64_t end) {
    normalize(end - begin, n, row_of(x, begin, n), epsilon, a.raw(), b.raw(), row_of(out, begin, n),
              all + begin, past_cache);
  });
  return out;
}

Tensor normalized_gradient(const Tensor& gradient, const Tensor& input, const Tensor& gain,
                           const std::shared_ptr<Tensor>& moments) {
  const Tensor g = gradient.contiguous(), x = input.contiguous(), a = gain.contiguous();
  const Moments* const all = checked(moments, x);
  Tensor out = Tensor::empty(x.shape(), x.dtype());
  const auto to_rows = kernels().of(x.dtype()).normalize_gradient;
  const std::int64_t n = x.shape().back();
  for_rows(row_count(x), n, [&](std::int64_t begin, std::int64_t end) {
    to_rows(end - begin, n, row_of(x, begin, n), all + begin, a.raw(), row_of(g, begin, n),
            row_of(out, begin, n));
  });
  return out;
}

Tensor normalized_gain_gradient(const Tensor& gradient, const Tensor& input,
                                const std::shared_ptr<Tensor>& moments) {
  const Tensor g = gradient.contiguous(), x = input.contiguous();
  const Moments* const all = checked(moments, x);
  // Groups of rows have sums of their own: rounding stays small, and threads change nothing.
  const std::int64_t rows = row_count(x), n = x.shape().back();
  const std::int64_t groups = std::clamp<std::int64_t>(rows / 256, 1, 1024);
  Tensor out = Tensor::zeros({groups, n}, x.dtype());
  const auto add_rows = kernels().of(x.dtype()).normalize_gain;
  for_rows(groups, x.numel() / groups, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t group = begin; group < end; ++group) {
      const std::int64_t first = rows * group / groups, last = rows * (group + 1) / groups;
      add_rows(last - first, n, row_of(x, first, n), all + first, row_of(g, first, n),
               row_of(out, group, n));
    }
  });
  return groups == 1 ? out.as_strided({n}, {1}) : reduce_sum(out, {true}, false);
}

Tensor softmax_gradient(const Tensor& gradient, const Tensor& result, int axis) {
  // The axis is brought to the end, and back.
  Dims order;
  for (int i = 0; i < result.rank(); ++i)
    if (i != axis) order.push_back(i);
  order.push_back(axis);
  const Tensor g = permuted(gradient, order).contiguous(), y = permuted(result, order).contiguous();
  Tensor out = Tensor::empty(y.shape(), y.dtype());
  const std::int64_t n = y.shape().back();
  for_rows(row_count(y), n, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      kernels().of(y.dtype()).softmax_gradient(n, row_of(y, i, n), row_of(g, i, n),
                                               row_of(out, i, n));
  });
  Dims back = order;
  for (int i = 0; i < order.rank(); ++i) back[order[i]] = i;
  return permuted(out, back);
}

namespace internal {

void check_attention(const Shape& q, const Shape& k, const Shape& v) {
  const bool matrices = q.rank() >= 2 && k.rank() >= 2 && v.rank() >= 2;
  if (!matrices || q.back() != k.back() || k[k.rank() - 2] != v[v.rank() - 2])
    fail(
        "scaled_dot_product_attention: queries of shape {}, keys of shape {} and values of shape "
        "{} are not (…, T, d), (…, S, d) and (…, S, e)",
        q, k, v);
  const auto batches = [](Dims d) {
    for (int i = 0; i < 2; ++i) d.erase(d.rank() - 1);
    return Shape::unchecked(d);
  };
  const Shape both = broadcast_shapes(batches(q), batches(k), "scaled_dot_product_attention");
  broadcast_shapes(both, batches(v), "scaled_dot_product_attention");
}

}  // namespace internal

}  // namespace brickgrad
