#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/kernels.hpp>

namespace brickgrad {

std::int64_t lanes_of(DType dtype) {
  return kernels().vector_bytes / static_cast<std::int64_t>(item_size(dtype));
}

bool are_in_lanes(const Tensor& images) {
  if (!KeepLanes::any() || images.rank() != 4 || images.is_contiguous()) return false;
  const Shape& s = images.shape();
  const Dims& strides = images.strides();
  return s[0] == lanes_of(images.dtype()) && strides[0] == 1 && strides[3] == s[0] &&
         strides[2] == s[3] * s[0] && strides[1] == s[2] * strides[2];
}

Tensor empty_in_lanes(const Shape& shape, DType dtype) {
  const std::int64_t n = shape[0], row = shape[3] * n;
  return Tensor::empty(shape, dtype).as_strided(shape, {1, shape[2] * row, row, n});
}

Tensor into_lanes(const Tensor& images) {
  if (are_in_lanes(images)) return images;
  Tensor out = empty_in_lanes(images.shape(), images.dtype());
  kernels()
      .of(images.dtype())
      .into_lanes(images.numel() / images.shape()[0], images.contiguous().raw(), out.raw());
  return out;
}

Tensor as_they_lie(const Tensor& in_lanes) {
  const Shape& s = in_lanes.shape();
  return in_lanes.as_strided({s[1], s[2], s[3], s[0]}, row_major(Shape{s[1], s[2], s[3], s[0]}));
}

void out_of_lanes(const Tensor& in_lanes, void* to) {
  kernels()
      .of(in_lanes.dtype())
      .out_of_lanes(in_lanes.numel() / in_lanes.shape()[0], in_lanes.raw(), to);
}

}  // namespace brickgrad
