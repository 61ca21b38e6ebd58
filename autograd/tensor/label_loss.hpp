// The loss of labels under the softmax of logits, and its derivative, which is put off, so that it
// can be written where it is wanted.
#pragma once

#include <autograd/ops/kept.hpp>
#include <autograd/tensor/tensor.hpp>
#include <span>

namespace brickgrad {

/// A row for each label: 1 in its place, 0 elsewhere.
Tensor one_hot(std::span<const std::int64_t> labels, std::int64_t classes, DType dtype = float64);
/// The mean over the rows of logsumexp(row) - row[label]. Of few logits it leaves the softmax.
double label_loss(const Tensor& logits, std::span<const std::int64_t> labels,
                  ops::FewResults& softmax);

/// Its derivative, times `scale`: scale / rows (softmax(row) - 1 at the label). It keeps none of
/// its operands.
class LabelLossGradient {
 public:
  using IsTensorLike = void;
  LabelLossGradient(const Tensor& logits, std::span<const std::int64_t> labels,
                    const ops::FewResults& softmax, double scale)
      : logits_(&logits),
        labels_(labels),
        softmax_(&softmax),
        factor_(scale / static_cast<double>(labels.size())) {}

  const Shape& shape() const { return logits_->shape(); }
  DType dtype() const { return logits_->dtype(); }
  /// Writes it, or adds it, to contiguous memory of its shape.
  void compute(void* out, DType dtype, bool add) const;

 private:
  const Tensor* logits_;
  std::span<const std::int64_t> labels_;
  const ops::FewResults* softmax_;
  double factor_;
};

inline LabelLossGradient label_loss_gradient(const Tensor& logits,
                                             std::span<const std::int64_t> labels,
                                             const ops::FewResults& softmax, const Tensor& scale) {
  return {logits, labels, softmax, scale.item()};
}

}  // namespace brickgrad
