// Splits a text into numbers, names and signs, one at a time.
#pragma once

#include <string_view>

#include "source.hpp"

namespace tools::language {

enum class TokenKind {
  end,
  separator,  // ; or the end of a line
  number,
  name,
  sign,  // an operator or a bracket
};

struct Token {
  TokenKind kind = TokenKind::end;
  Span at;
  std::string_view text;
  double number = 0;

  bool is(std::string_view sign) const { return kind == TokenKind::sign && text == sign; }
  bool is_line_end() const { return kind == TokenKind::separator && text == "\n"; }
};

/// How a token is called in messages.
std::string describe(const Token& t);

class Lexer {
 public:
  explicit Lexer(const Source& source) : source_(source), token_(read()) {}
  /// The next token, not yet taken.
  const Token& peek() const { return token_; }
  Token take() {
    Token t = token_;
    token_ = read();
    return t;
  }
  /// Goes back to where another one stood in the same text.
  void rewind(const Lexer& before) {
    at_ = before.at_;
    token_ = before.token_;
  }

 private:
  Token read();
  Token read_number();
  void skip_blanks();
  [[noreturn]] void refuse();

  const Source& source_;
  std::size_t at_ = 0;
  Token token_;
};

}  // namespace tools::language
