# One binary that is fast on every processor: kernel sources are compiled once for each instruction
# set, and dispatch.cpp chooses among their tables at run time.
include(CheckCXXSourceCompiles)

find_package(Eigen3 REQUIRED NO_MODULE)

set(BRICKGRAD_INSTRUCTION_SETS baseline)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8
    AND CMAKE_EXECUTABLE_FORMAT STREQUAL "ELF" AND CMAKE_OBJCOPY AND CMAKE_LINKER
    AND NOT BRICKGRAD_BASELINE_ONLY)
  set(BRICKGRAD_INSTRUCTION_SETS sse2 avx2 avx512)
endif()

set(brickgrad_baseline_bytes 16)
set(brickgrad_sse2_bytes 16)
set(brickgrad_avx2_bytes 32)
set(brickgrad_avx2_options -mavx2 -mfma)
set(brickgrad_avx512_bytes 64)
# Loops of products take 2 % longer where they do not begin with a line of the cache.
set(brickgrad_avx512_options
  -mavx512f -mavx512dq -mavx512vl -mavx512bw -mfma -mprefer-vector-width=512 -falign-loops=64
)

# glibc's vector functions; tanh is among those that came last (2.35).
set(CMAKE_REQUIRED_LIBRARIES mvec m)
check_cxx_source_compiles(
  "extern \"C\" void _ZGVdN4v_tanh(); int main() { _ZGVdN4v_tanh(); }" BRICKGRAD_HAS_LIBMVEC
)
unset(CMAKE_REQUIRED_LIBRARIES)

# brickgrad_add_kernels(<target> <source>...)
# Each source sees BRICKGRAD_ISA (sse2, avx2, avx512, or baseline where there is only one),
# BRICKGRAD_VECTOR_BYTES and, where glibc has the functions, BRICKGRAD_HAS_LIBMVEC. The only symbol
# that leaves is brickgrad_kernels_<isa>.
function(brickgrad_add_kernels target)
  foreach(isa IN LISTS BRICKGRAD_INSTRUCTION_SETS)
    set(kernels brickgrad_kernels_${isa})
    add_library(${kernels} OBJECT ${ARGN})
    brickgrad_target_defaults(${kernels})
    target_include_directories(${kernels} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${kernels} PRIVATE Eigen3::Eigen)
    target_compile_definitions(${kernels} PRIVATE
      NDEBUG BRICKGRAD_ISA=${isa} BRICKGRAD_VECTOR_BYTES=${brickgrad_${isa}_bytes}
      $<$<BOOL:${BRICKGRAD_HAS_LIBMVEC}>:BRICKGRAD_HAS_LIBMVEC>
    )
    # Contraction would give each instruction set its own rounding. g++ 12 takes its own AVX-512 headers
    # for uninitialised.
    target_compile_options(${kernels} PRIVATE ${brickgrad_${isa}_options}
      -ffp-contract=off -fno-math-errno -fno-trapping-math -Wno-psabi
      $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique;-Wno-maybe-uninitialized>
    )
    # Sanitizers would add constructors and symbols to objects that must have none; the baseline alone
    # is no such object.
    if(NOT (BRICKGRAD_SANITIZE AND BRICKGRAD_INSTRUCTION_SETS STREQUAL "baseline"))
      target_compile_options(${kernels} PRIVATE -O3 -fno-sanitize=all -fno-lto)
    endif()
    set_target_properties(${kernels} PROPERTIES
      POSITION_INDEPENDENT_CODE ON
      INTERPROCEDURAL_OPTIMIZATION OFF
    )

    if(BRICKGRAD_INSTRUCTION_SETS STREQUAL "baseline")
      target_sources(${target} PRIVATE $<TARGET_OBJECTS:${kernels}>)
      target_compile_definitions(${target} PRIVATE BRICKGRAD_BASELINE_ONLY)
      continue()
    endif()

    # An inline function compiled for AVX-512 must not become the one copy that the whole program
    # uses: all symbols but the table become local, and without groups the linker merges nothing.
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${kernels}${CMAKE_CXX_OUTPUT_EXTENSION})
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_LINKER} -r -o ${object} $<TARGET_OBJECTS:${kernels}>
      COMMAND ${CMAKE_OBJCOPY} --keep-global-symbol=${kernels} --remove-section=.group ${object}
      DEPENDS ${kernels} $<TARGET_OBJECTS:${kernels}>
      COMMENT "Sealing ${kernels}"
      COMMAND_EXPAND_LISTS VERBATIM
    )
    set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    target_sources(${target} PRIVATE ${object})
    set_property(TARGET ${target} APPEND PROPERTY BRICKGRAD_KERNEL_OBJECTS ${object})
  endforeach()

  if(BRICKGRAD_HAS_LIBMVEC)
    target_link_libraries(${target} PRIVATE mvec m)
  endif()
endfunction()
