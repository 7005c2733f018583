# Build helpers. One way to make each kind of target, so that warnings, include paths and sanitizers
# are the same everywhere.

add_library(rsca_options INTERFACE)
target_compile_options(rsca_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(rsca_options INTERFACE -Wthread-safety)
else()
  # GCC 12 sees overlaps in std::string that are none (its bug 105651) when it optimizes.
  target_compile_options(rsca_options INTERFACE -Wno-restrict)
endif()
if(RSCA_SANITIZE)
  add_compile_options(-fsanitize=${RSCA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${RSCA_SANITIZE})
  if(RSCA_SANITIZE MATCHES "thread")
    # GCC says that TSan does not know fences; none of ours are fences.
    target_compile_options(rsca_options INTERFACE -Wno-tsan)
  endif()
endif()

# rsca_library(NAME SOURCES ... DEPS ...): a static library of one folder.
function(rsca_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE $<BUILD_INTERFACE:rsca_options>)
endfunction()

# rsca_program(NAME OUTPUT file SOURCES ... DEPS ...): a program, all of them in one folder.
function(rsca_program name)
  cmake_parse_arguments(ARG "" "OUTPUT" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} rsca_options)
  set_target_properties(${name} PROPERTIES OUTPUT_NAME ${ARG_OUTPUT}
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# rsca_plugin(NAME OUTPUT file DIRECTORY dir SOURCES ... DEPS ...): a protocol manager, a shared library
# that exports its entry point and nothing else.
function(rsca_plugin name)
  cmake_parse_arguments(ARG "" "OUTPUT;DIRECTORY" "SOURCES;DEPS" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} rsca_wpframework rsca_options)
  target_link_options(${name} PRIVATE -Wl,--exclude-libs,ALL)
  set_target_properties(${name} PROPERTIES PREFIX "" OUTPUT_NAME ${ARG_OUTPUT}
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LIBRARY_OUTPUT_DIRECTORY ${ARG_DIRECTORY})
endfunction()

# rsca_proto_library(NAME [GRPC] [ROOT dir] PROTOS ... DEPS ...): generated code of some .proto files, which are
# named relative to protos/, or to ROOT. Generated code is compiled without our warnings.
function(rsca_proto_library name)
  cmake_parse_arguments(ARG "GRPC" "ROOT" "PROTOS;DEPS" ${ARGN})
  set(out ${PROJECT_BINARY_DIR}/protos)
  set(in ${PROJECT_SOURCE_DIR}/protos)
  set(import)
  if(ARG_ROOT)
    set(import -I${in})
    set(in ${ARG_ROOT})
  endif()
  set(sources)
  foreach(proto ${ARG_PROTOS})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(made ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
    set(plugin)
    if(ARG_GRPC)
      list(APPEND made ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h)
      set(plugin --grpc_out=${out} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    add_custom_command(OUTPUT ${made}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
      COMMAND protobuf::protoc -I${in} ${import} --cpp_out=${out} ${plugin} ${in}/${proto}
      DEPENDS ${in}/${proto} VERBATIM)
    list(APPEND sources ${made})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} SYSTEM PUBLIC $<BUILD_INTERFACE:${out}>)
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} protobuf::libprotobuf)
  if(ARG_GRPC)
    target_link_libraries(${name} PUBLIC gRPC::grpc++)
  endif()
endfunction()

# rsca_test(NAME SOURCES ... DEPS ...): a GoogleTest program; every test in it becomes one of ctest's.
function(rsca_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS" ${ARGN})
  # A bound on what hangs, not on what is slow: sanitizers on a busy machine take long.
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main rsca_options)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT "${RSCA_TEST_ENVIRONMENT}")
endfunction()
