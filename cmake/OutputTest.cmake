# brickgrad_add_output_test(<name> <expected file> <target> [argument]...)
# A ctest that runs a program and compares what it prints with a file, line by line.
set(BRICKGRAD_COMPARE_OUTPUT ${CMAKE_CURRENT_LIST_DIR}/CompareOutput.cmake)
function(brickgrad_add_output_test name expected program)
  add_test(NAME ${name}
    COMMAND ${CMAKE_COMMAND} -D EXPECTED=${expected}
      -P ${BRICKGRAD_COMPARE_OUTPUT} -- $<TARGET_FILE:${program}> ${ARGN}
  )
endfunction()
