# brickgrad_embed(<target> <variable> <file>...)
# Compiles text files into the target: their texts after each other become
# `extern const std::string_view brickgrad::internal::<variable>`.
function(brickgrad_embed target variable)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${variable}.cpp)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -P ${BRICKGRAD_WRITE_EMBEDDED} -- ${source} ${variable} ${files}
    DEPENDS ${files} ${BRICKGRAD_WRITE_EMBEDDED}
    VERBATIM
  )
  target_sources(${target} PRIVATE ${source})
endfunction()
set(BRICKGRAD_WRITE_EMBEDDED ${CMAKE_CURRENT_LIST_DIR}/WriteEmbedded.cmake)
