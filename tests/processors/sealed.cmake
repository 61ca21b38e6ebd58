# cmake -D NM=... -D READELF=... -D OBJECT=... -D SYMBOL=... -P sealed.cmake
execute_process(COMMAND ${NM} --defined-only --extern-only --format=posix ${OBJECT}
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
if(NOT symbols MATCHES "^${SYMBOL} [^\n]*\n$")
  message(FATAL_ERROR "${OBJECT} should let out ${SYMBOL} alone, but has\n${symbols}")
endif()

execute_process(COMMAND ${READELF} --sections --wide ${OBJECT}
  OUTPUT_VARIABLE sections COMMAND_ERROR_IS_FATAL ANY)
if(sections MATCHES "\\.(init_array|ctors|group)[^\n]*")
  message(FATAL_ERROR "${OBJECT} has a section ${CMAKE_MATCH_0}")
endif()
