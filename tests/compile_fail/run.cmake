# cmake -D COMPILER=... -D INCLUDES=... -D SOURCE=... -P run.cmake
list(TRANSFORM INCLUDES PREPEND "-I")
execute_process(
  COMMAND ${COMPILER} -std=c++20 -fsyntax-only ${INCLUDES} ${SOURCE}
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output
)
file(STRINGS ${SOURCE} expected REGEX "^// expect: ")

if(NOT expected)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${SOURCE} must compile, but:\n${output}")
  endif()
  return()
endif()

string(REGEX REPLACE "^// expect: " "" sentence "${expected}")
if(result EQUAL 0)
  message(FATAL_ERROR "${SOURCE} must not compile, but it does")
endif()
string(FIND "${output}" "${sentence}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "${SOURCE} fails without the sentence\n  ${sentence}\nbut with\n${output}")
endif()
