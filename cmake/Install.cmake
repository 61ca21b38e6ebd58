# The package for find_package(brickgrad) and the file for pkg-config. Both can be moved.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/brickgrad)
configure_package_config_file(cmake/brickgradConfig.cmake.in
  ${PROJECT_BINARY_DIR}/brickgradConfig.cmake INSTALL_DESTINATION ${package_dir}
)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/brickgradConfigVersion.cmake COMPATIBILITY SameMinorVersion
)
install(EXPORT brickgradTargets NAMESPACE brickgrad:: DESTINATION ${package_dir})
install(
  FILES
    ${PROJECT_BINARY_DIR}/brickgradConfig.cmake ${PROJECT_BINARY_DIR}/brickgradConfigVersion.cmake
  DESTINATION ${package_dir}
)

file(RELATIVE_PATH pc_to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}
  OUTPUT_VARIABLE pc_libdir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}
  OUTPUT_VARIABLE pc_includedir)
if(BRICKGRAD_HAS_LIBMVEC)
  set(pc_math "-lmvec -lm")
endif()
string(REGEX REPLACE "/$" "" pc_to_prefix ${pc_to_prefix})
configure_file(cmake/brickgrad.pc.in ${PROJECT_BINARY_DIR}/brickgrad.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/brickgrad.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
