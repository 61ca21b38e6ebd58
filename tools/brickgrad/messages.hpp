// The library speaks to programmers: its messages name members of structs, DotOptions::force.
// Whoever calls the program has options of the same names instead.
//   fmt::print(stderr, "brickgrad: {}\n", in_words_of_options(e.what()));
#pragma once

#include <string>

namespace tools {

/// The message with the program's options in place of the library's names.
std::string in_words_of_options(std::string message);

}  // namespace tools
