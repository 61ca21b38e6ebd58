// The reference of the functions as text for the terminal.
#pragma once

#include <string>
#include <string_view>

#include "terminal.hpp"

namespace tools {

/// A line for every function.
std::string reference_list(const Terminal& terminal);

/// All there is to know about one. Throws WrongUse when there is none of the name.
std::string reference_entry(std::string_view name, const Terminal& terminal);

}  // namespace tools
