// A text of the expression language, and errors that point into it:
//   1:5: there is no function 'tahn'; did you mean 'tanh'?
//     x * tahn(y)
//         ^~~~
#pragma once

#include <autograd/error.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace tools::language {

/// A part of a text, in bytes.
struct Span {
  std::uint32_t offset = 0, length = 0;
};

/// The text is no expression: a mistake in its form, an unknown name, a wrong number of arguments.
class SyntaxError : public brickgrad::Error {
 public:
  SyntaxError(const std::string& message, bool incomplete)
      : Error(message), incomplete_(incomplete) {}
  /// More text could make it right: a bracket is still open, or an operand missing at the end.
  bool incomplete() const { return incomplete_; }

 private:
  bool incomplete_;
};

class Source {
 public:
  /// `where` stands before the line number in errors: a file's name, or nothing. Throws Error for
  /// more than 1 GB.
  explicit Source(std::string text, std::string where = {});

  const std::string& text() const { return text_; }
  std::string_view part(Span at) const {
    return std::string_view(text_).substr(at.offset, at.length);
  }
  /// The message with its place, the line and a caret below what is meant.
  std::string pointed(Span at, std::string_view message) const;
  [[noreturn]] void fail(Span at, std::string_view message, bool incomplete = false) const;

 private:
  std::string text_, where_;
};

}  // namespace tools::language
