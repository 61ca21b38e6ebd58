// The one exception type of the library. Its message names the operation, what was wrong with the
// input and what to do about it:
//   matmul: shapes (2, 3) and (4, 5) do not match: 3 columns against 4 rows
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace brickgrad {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws an Error with a message in fmt's format.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  throw Error(fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace brickgrad
