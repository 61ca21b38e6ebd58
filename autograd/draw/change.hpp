// How far a tensor moved between two snapshots.
#pragma once

#include <autograd/tensor/tensor.hpp>
#include <optional>
#include <string>

namespace brickgrad::internal {

struct Change {
  bool known = false, changed = false, bad = false;
  /// ‖new - old‖ / ‖old‖; infinite from zero.
  double relative = 0;
};

/// Unknown where one of them is missing.
Change change_of(const std::optional<Tensor>& before, const std::optional<Tensor>& after);

/// "12.3 %", "from zero".
std::string amount_text(const Change& c);

}  // namespace brickgrad::internal
