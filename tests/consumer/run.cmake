# Builds the project next to this file against the library and runs it.
# WAY is find_package and pkg_config (an installed tree, moved once), add_subdirectory or FetchContent.
set(project ${CMAKE_CURRENT_LIST_DIR}/project)
set(options COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

if(WAY MATCHES "^(find_package|pkg_config)$")
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --config ${CONFIG}
    --prefix ${WORK}/staged OUTPUT_QUIET ${options})
  file(RENAME ${WORK}/staged ${WORK}/prefix)
endif()

if(WAY STREQUAL "pkg_config")
  file(GLOB_RECURSE pc ${WORK}/prefix/brickgrad.pc)
  cmake_path(GET pc PARENT_PATH directory)
  set(ENV{PKG_CONFIG_PATH} "${directory}:$ENV{PKG_CONFIG_PATH}")
  set(ENV{LD_LIBRARY_PATH} "${directory}/..:$ENV{LD_LIBRARY_PATH}")
  execute_process(COMMAND ${PKG_CONFIG} --cflags --libs brickgrad
    OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE ${options})
  separate_arguments(flags UNIX_COMMAND "${flags}")
  execute_process(COMMAND ${COMPILER} -std=c++20 ${project}/main.cpp -o ${WORK}/consumer ${flags}
    ${options})
else()
  # Not optimised, baseline only and few compilations: the question is whether it builds, not how fast
  # it runs.
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${project} -B ${WORK} -G ${GENERATOR}
    -D CMAKE_BUILD_TYPE= -D CMAKE_RUNTIME_OUTPUT_DIRECTORY_DEBUG=${WORK}
    -D CMAKE_CXX_COMPILER=${COMPILER}
    -D CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} "-DCMAKE_PREFIX_PATH=${WORK}/prefix;${PREFIX_PATH}"
    -D WAY=${WAY} -D BRICKGRAD_SOURCE=${SOURCE} -D BRICKGRAD_BASELINE_ONLY=ON
    -D CMAKE_UNITY_BUILD=ON -D CMAKE_UNITY_BUILD_BATCH_SIZE=16
    OUTPUT_QUIET ${options})
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK} ${options})
endif()

execute_process(COMMAND ${WORK}/consumer ${options})
