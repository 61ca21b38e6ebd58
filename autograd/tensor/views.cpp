#include <autograd/error.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/rows.hpp>
#include <autograd/tensor/structural.hpp>
#include <optional>
#include <vector>

namespace brickgrad {
namespace {

/// Strides that show the elements of x in another shape, when there are such strides.
std::optional<Dims> reshape_strides(const Tensor& x, const Shape& shape) {
  if (x.is_contiguous()) return row_major(shape);
  // Each group of new axes must cover a group of old axes that is one run in memory.
  Dims old_dims, old_strides, strides = shape;
  for (int i = 0; i < x.rank(); ++i)
    if (x.shape()[i] != 1) {
      old_dims.push_back(x.shape()[i]);
      old_strides.push_back(x.strides()[i]);
    }
  int i = 0, j = 0;
  while (i < old_dims.rank() && j < shape.rank()) {
    int i_end = i + 1, j_end = j + 1;
    std::int64_t old_count = old_dims[i], new_count = shape[j];
    while (old_count != new_count)
      if (new_count < old_count)
        new_count *= shape[j_end++];
      else
        old_count *= old_dims[i_end++];
    for (int k = i; k + 1 < i_end; ++k)
      if (old_strides[k] != old_dims[k + 1] * old_strides[k + 1]) return std::nullopt;
    std::int64_t step = old_strides[i_end - 1];
    for (int k = j_end; k-- > j; step *= shape[k]) strides[k] = step;
    i = i_end;
    j = j_end;
  }
  for (; j < shape.rank(); ++j) strides[j] = 1;
  return strides;
}

}  // namespace

Tensor reshaped(const Tensor& x, const Shape& shape) {
  if (shape.numel() != x.numel())
    fail("reshape: shape {} has {} elements and cannot become {}, which has {}", x.shape(),
         x.numel(), shape, shape.numel());
  if (x.numel() == 0) return Tensor::empty(shape, x.dtype());
  if (auto strides = reshape_strides(x, shape)) return x.as_strided(shape, *strides);
  return reshaped(x.clone(), shape);
}

Tensor permuted(const Tensor& x, const Dims& axes) {
  if (axes.rank() != x.rank())
    fail("transpose: axes {} do not name each of the {} dimensions of shape {} once",
         to_string(axes), x.rank(), x.shape());
  axis_flags(Axes(std::span(axes.begin(), axes.end())), x.rank(), "transpose");
  Dims dims = x.shape(), strides = x.strides();
  for (int i = 0; i < x.rank(); ++i) {
    const int from = normal_axis(axes[i], x.rank(), "transpose");
    dims[i] = x.shape()[from];
    strides[i] = x.strides()[from];
  }
  return x.as_strided(Shape::unchecked(dims), strides);
}

Tensor broadcasted(const Tensor& x, const Shape& shape) {
  if (broadcast_shapes(x.shape(), shape, "broadcast_to") != shape)
    fail("broadcast_to: shape {} does not broadcast to {}", x.shape(), shape);
  Dims strides = shape;
  for (int i = 1; i <= shape.rank(); ++i) {
    const bool own = i <= x.rank() && x.shape()[x.rank() - i] != 1;
    strides[shape.rank() - i] = own ? x.strides()[x.rank() - i] : 0;
  }
  return x.as_strided(shape, strides);
}

Tensor sliced(const Tensor& x, int axis, std::int64_t start, std::int64_t stop, std::int64_t step) {
  Dims dims = x.shape(), strides = x.strides();
  dims[axis] = stop > start ? (stop - start + step - 1) / step : 0;
  strides[axis] *= step;
  return x.as_strided(Shape::unchecked(dims), strides,
                      dims[axis] > 0 ? start * x.strides()[axis] : 0);
}

void Placed::compute(void* out, DType dtype, bool add) const {
  const Tensor whole = Tensor::borrow(out, shape_, dtype);
  Dims strides = whole.strides();
  const std::int64_t offset = start_ * strides[axis_];
  if (!add) {
    // Where the part is one piece of the memory, what is around it.
    const bool is_piece = step_ == 1 && strides[axis_] * shape_[axis_] == whole.numel();
    const std::int64_t first = is_piece ? offset : whole.numel(), last = first + part_.numel(),
                       size = static_cast<std::int64_t>(item_size(dtype));
    const auto clear = [&](std::int64_t begin, std::int64_t end) {
      if (begin < end)
        std::fill_n(static_cast<std::byte*>(out) + begin * size, (end - begin) * size,
                    std::byte{0});
    };
    parallel_for(whole.numel(), {thread_grain, whole_lines},
                 [&](std::int64_t begin, std::int64_t end) {
                   clear(begin, std::min(end, first));
                   clear(std::max(begin, last), end);
                 });
  }
  if (part_.numel() == 0) return;
  strides[axis_] *= step_;
  add_to(part_, whole.as_strided(part_.shape(), strides, offset), add);
}

Tensor joined(std::span<const Tensor> parts, int axis) {
  Dims dims = parts[0].shape();
  DType dtype = parts[0].dtype();
  for (const Tensor& part : parts.subspan(1)) {
    Dims expected = dims;
    if (part.rank() == dims.rank()) expected[axis] = part.shape()[axis];
    if (part.shape() != expected)
      fail("concat: shapes {} and {} differ in another dimension than {}", parts[0].shape(),
           part.shape(), axis);
    dims[axis] += part.shape()[axis];
    dtype = promote(dtype, part.dtype());
  }
  Tensor out = Tensor::empty(Shape(dims), dtype);
  const auto count = static_cast<std::int64_t>(parts.size());
  std::vector<std::int64_t> starts(parts.size());
  for (std::size_t i = 1; i < parts.size(); ++i)
    starts[i] = starts[i - 1] + parts[i - 1].shape()[axis];
  const bool keeps_lanes = KeepLanes::any();
  for_rows(count, out.numel() / count, [&](std::int64_t begin, std::int64_t end) {
    std::optional<KeepLanes> keep;
    if (keeps_lanes) keep.emplace();
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const std::int64_t stop = starts[i] + parts[i].shape()[axis];
      if (parts[i].numel() > 0) add_to(parts[i], sliced(out, axis, starts[i], stop, 1), false);
    }
  });
  return out;
}

}  // namespace brickgrad
