# One static library per layer with an include root of its own: a layer that is not linked cannot be included.
#   cxrnet_add_layer(nn SOURCES src/unet.cpp ... DEPENDS core [PRIVATE_LINK ...] [PUBLIC_LINK ...] [PCH network]
#                    [LIGHT_PCH tensor LIGHT_SOURCES src/labels.cpp ...])
#   cxrnet_add_layer_test(nn SOURCES test/unet_test.cpp ... [LINK ...])

add_library(cxrnet_warnings INTERFACE)
target_compile_options(cxrnet_warnings INTERFACE -Wall -Wextra -Wpedantic -Wno-unknown-pragmas
                       $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # At -O3 it raises false alarms on std::string's +: GCC bugs 105651 and 105329.
  target_compile_options(cxrnet_warnings INTERFACE
    $<$<CONFIG:Release>:-Wno-restrict> $<$<CONFIG:Release>:-Wno-stringop-overflow>)
endif()
if(CXRNET_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(cxrnet_warnings INTERFACE -Wno-subobject-linkage)  # takes an included source for a header
endif()
if(CXRNET_WARNINGS_AS_ERRORS)
  target_compile_options(cxrnet_warnings INTERFACE -Werror)
endif()
if(CXRNET_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # Raises false alarms on instrumented std::optional: GCC bug 80635.
    target_compile_options(cxrnet_warnings INTERFACE -Wno-maybe-uninitialized)
  endif()
  add_compile_options(-fsanitize=${CXRNET_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CXRNET_SANITIZE})
endif()

# The headers of libtorch cost up to twenty seconds per file, precompiled ones up to three: targets share three
# precompiled headers, and each takes the smallest that its files need. PCH none: the files parse their own headers.
set(CMAKE_PCH_INSTANTIATE_TEMPLATES OFF)  # clang would instantiate templates that libtorch leaves incomplete
file(WRITE ${CMAKE_BINARY_DIR}/pch_anchor.cpp "// Owns a shared precompiled header.\n")
if(CXRNET_UNITY AND NOT CXRNET_APART)
  set(pch_kinds "")
else()
  set(pch_kinds standard tensor network)
endif()
foreach(pch ${pch_kinds})
  add_library(cxrnet_pch_${pch} OBJECT ${CMAKE_BINARY_DIR}/pch_anchor.cpp)
  target_link_libraries(cxrnet_pch_${pch} PRIVATE cxrnet::torch cxrnet_warnings)
  target_precompile_headers(cxrnet_pch_${pch} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/pch_${pch}.h)
endforeach()

function(cxrnet_use_pch target pch)
  if(pch STREQUAL none OR NOT pch_kinds)  # a few large files gain less than the precompiled headers cost
    return()
  endif()
  target_precompile_headers(${target} REUSE_FROM cxrnet_pch_${pch})
endfunction()

# Files that parse libtorch's headers once together instead of once each (CXRNET_UNITY): those of a room, or of a layer
# without rooms. Names in their anonymous namespaces must differ; APART names files that are compiled alone, as does
# CXRNET_APART, from the project's folder, where single files are to be changed again and again.
function(cxrnet_use_unity target)
  if(NOT CXRNET_UNITY)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "APART" ${ARGN})
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    cmake_path(ABSOLUTE_PATH source OUTPUT_VARIABLE file)
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
    if(source MATCHES "^\\$<" OR source IN_LIST ARG_APART OR file IN_LIST CXRNET_APART)
      continue()
    endif()
    cmake_path(GET source PARENT_PATH room)
    string(MAKE_C_IDENTIFIER "${room}" group)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# Files of `target` that need a smaller precompiled header than the others.
function(cxrnet_add_light_sources target pch)
  add_library(${target}_light OBJECT ${ARGN})
  target_compile_features(${target}_light PRIVATE cxx_std_20)
  target_include_directories(${target}_light PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
  target_link_libraries(${target}_light PRIVATE $<TARGET_PROPERTY:${target},LINK_LIBRARIES>)
  cxrnet_use_pch(${target}_light ${pch})
  cxrnet_use_unity(${target}_light)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_light>)
endfunction()

function(cxrnet_add_layer name)
  cmake_parse_arguments(ARG "" "PCH;LIGHT_PCH" "SOURCES;LIGHT_SOURCES;APART;DEPENDS;PUBLIC_LINK;PRIVATE_LINK" ${ARGN})
  set(target cxrnet_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(cxrnet::${name} ALIAS ${target})
  set_property(GLOBAL APPEND PROPERTY CXRNET_LAYERS cxrnet::${name})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC_LINK} PRIVATE ${ARG_PRIVATE_LINK} $<BUILD_INTERFACE:cxrnet_warnings>)
  foreach(dependency ${ARG_DEPENDS})
    target_link_libraries(${target} PUBLIC cxrnet::${dependency})
  endforeach()
  cxrnet_use_pch(${target} ${ARG_PCH})
  cxrnet_use_unity(${target} APART ${ARG_APART})
  if(ARG_LIGHT_SOURCES)
    cxrnet_add_light_sources(${target} ${ARG_LIGHT_PCH} ${ARG_LIGHT_SOURCES})
  endif()
  install(TARGETS ${target} EXPORT cxrnet-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endfunction()

# Files whose loops are the work itself: vectorised (core/vectorise.h), and on all threads, since at::parallel_for is a
# plain loop in files compiled without OpenMP. Thread sanitizer knows nothing of OpenMP's locks; clang has another runtime.
function(cxrnet_kernel_sources name)
  # Without the two flags, of which nothing here makes use, neither square roots nor conditions are vectorised.
  set(options -O3 -fno-math-errno -fno-trapping-math)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND NOT CXRNET_SANITIZE MATCHES thread)
    list(APPEND options -fopenmp)
    target_link_libraries(cxrnet_${name} PRIVATE gomp)
  endif()
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "${options}" SKIP_PRECOMPILE_HEADERS ON)
endfunction()

function(cxrnet_add_layer_test name)
  if(NOT CXRNET_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "PCH" "SOURCES;APART;LINK" ${ARGN})
  find_package(GTest REQUIRED)
  set(target cxrnet_${name}_test)
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE cxrnet::${name} ${ARG_LINK} GTest::gtest_main cxrnet_warnings)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/libs/core/test)  # test helpers of every layer
  target_compile_definitions(${target} PRIVATE
    CXRNET_SOURCE_DIR="${PROJECT_SOURCE_DIR}" CXRNET_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}/test/data")
  cxrnet_use_pch(${target} ${ARG_PCH})
  cxrnet_use_unity(${target} APART ${ARG_APART})
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES TIMEOUT 900)
endfunction()

# Tests of a layer as older processors run them: VARIABLE is CXRNET_MAX_CPU_ISA or oneDNN's own DNNL_MAX_CPU_ISA. What a
# processor lacks must become slower, never wrong.
function(cxrnet_add_older_processor_tests name)
  if(NOT CXRNET_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "VARIABLE;FILTER" "" ${ARGN})
  foreach(isa SSE41 AVX2 AVX512_CORE AVX512_CORE_VNNI AVX512_CORE_BF16)
    set(test ${name}_${ARG_VARIABLE}_${isa})
    add_test(NAME ${test} COMMAND cxrnet_${name}_test --gtest_filter=${ARG_FILTER})
    set_tests_properties(${test} PROPERTIES TIMEOUT 900 ENVIRONMENT ${ARG_VARIABLE}=${isa}
                         FAIL_REGULAR_EXPRESSION "Running 0 tests")
  endforeach()
endfunction()
