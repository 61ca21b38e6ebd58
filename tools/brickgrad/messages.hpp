// The library speaks to programmers: its messages name members of structs, DotOptions::force.
// Whoever calls the program has options of the same names instead.
//   print_error(fmt::format("brickgrad: {}\n", in_words_of_options(e.what())));
#pragma once

#include <string>

namespace tools {

/// The message with the program's options in place of the library's names.
std::string in_words_of_options(std::string message);

/// On standard error. Where that is closed or full the work goes on without words.
void print_error(const std::string& text);

/// A program that was started with standard files closed would write its words into the first file
/// that it opens. They are given nothing to read and nowhere to write.
void open_standard_files();

}  // namespace tools
