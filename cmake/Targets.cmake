# What every target of the project shares: warnings and sanitizers.
function(brickgrad_target_defaults target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Woverloaded-virtual
    # In a unity build a local variable would shadow what other sources keep to themselves; g++ can leave
    # those out.
    $<$<NOT:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow>
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow=local>
    # Position-independent code may then still be inlined within a library.
    -fno-semantic-interposition
    # What little steps call has its own lines of the cache, wherever it happens to lie: an XOR step
    # took up to 3 % longer from one revision to the next.
    $<$<CONFIG:Release>:-falign-functions=64>
  )
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    COMPILE_WARNING_AS_ERROR ${BRICKGRAD_WARNINGS_AS_ERRORS}
  )
  if(BRICKGRAD_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${BRICKGRAD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    )
    target_link_options(${target} PUBLIC -fsanitize=${BRICKGRAD_SANITIZE})
  endif()
endfunction()

# brickgrad_add_library(<layer> SOURCES <file>... HEADERS <file>...)
# A library brickgrad_<layer>, known to users as brickgrad::<layer>. HEADERS are the public ones:
# they are installed, and a test compiles each alone.
function(brickgrad_add_library layer)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS")
  set(target brickgrad_${layer})
  add_library(${target} ${arg_SOURCES})
  add_library(brickgrad::${layer} ALIAS ${target})
  brickgrad_target_defaults(${target})
  target_sources(${target} PUBLIC
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS}
  )
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${layer}
    POSITION_INDEPENDENT_CODE ON
    INSTALL_RPATH $ORIGIN
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  )
  if(BRICKGRAD_INSTALL)
    install(TARGETS ${target} EXPORT brickgradTargets
      FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/brickgrad
    )
  endif()
endfunction()
