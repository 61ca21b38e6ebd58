// A parsed text: statements, each a list of instructions for a stack of values. Neither reading nor
// running it recurses, so that brackets may nest as deep as memory lasts.
//   const Script s = parse(Source("h = tanh(w @ x); sum(h)"));
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "function.hpp"
#include "source.hpp"

namespace tools::language {

struct Instruction {
  enum Kind : std::uint8_t {
    number,  // pushes a number
    load,    // pushes the variable Script::names[index]
    call,    // replaces `count` values by what the function Script::calls[index] makes of them
    list,    // replaces `count` values by the tensor that stacks them
    index,   // replaces a value and the numbers of Script::subscripts[index] by a part of the value
  };
  Kind kind;
  std::uint32_t count = 0;
  Span at;
  union {
    double value;
    std::uint64_t index_of;
  };
};

/// One place between the brackets of x[i, a:b]: an index, or a range whose ends may be left out.
struct Subscript {
  bool is_range = false;
  bool given[3] = {};  // start, stop, step
};

struct CallSite {
  const Function* function;
  /// The parameter's name for each argument, empty for those without one; none at all when no
  /// argument has one.
  std::vector<std::string> keywords;
};

struct Statement {
  std::string target;  // the variable it assigns, or nothing
  Span at;             // of the target, or of the expression's start
  std::size_t first, last;
};

struct Script {
  std::shared_ptr<const Source> source;
  std::vector<Statement> statements;
  std::vector<Instruction> code;
  std::vector<std::string> names;
  std::vector<CallSite> calls;
  std::vector<std::vector<Subscript>> subscripts;
};

/// Throws SyntaxError.
Script parse(Source source);

}  // namespace tools::language
