# cmake -P WriteEmbedded.cmake -- <source> <variable> <file>...
# Writes the C++ source of brickgrad_embed().
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(CMAKE_ARGV${i} STREQUAL "--")
    math(EXPR first "${i} + 1")
  endif()
endforeach()
set(arguments)
foreach(i RANGE ${first} ${last})
  list(APPEND arguments ${CMAKE_ARGV${i}})
endforeach()
list(POP_FRONT arguments source variable)

set(text "")
foreach(file IN LISTS arguments)
  file(READ ${file} content)
  if(content MATCHES "\\)embedded\"")
    message(FATAL_ERROR "${file}: the text )embedded\" would end its string literal")
  endif()
  string(APPEND text "${content}")
endforeach()

# clang complains of longer literals.
string(LENGTH "${text}" length)
if(length GREATER 65000)
  message(FATAL_ERROR "${variable}: ${length} bytes are too many for one string literal; give some of the files a variable of their own")
endif()

file(WRITE ${source} "// Made of: ${arguments}
#include <string_view>

namespace brickgrad::internal {
extern const std::string_view ${variable};
const std::string_view ${variable} = R\"embedded(${text})embedded\";
}  // namespace brickgrad::internal
")
