// Names that somebody may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tools::language {

/// "; did you mean 'tanh'?", or nothing when no name is near: one that begins like it, differs
/// in few letters, or is the one that the same thing has here when it is called otherwise
/// elsewhere.
std::string suggestion(std::string_view wrong, std::span<const std::string> names);

}  // namespace tools::language
