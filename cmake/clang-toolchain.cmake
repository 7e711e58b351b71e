# clang, for libFuzzer (preset `fuzz`) and clang-tidy (scripts/check). What ships is built by GCC.
#
# libstdc++ 12 has a constexpr std::vector in C++20. clang instantiates its members as soon as it sees a use, where
# libtorch 1.13's c10::IValue is still incomplete, and refuses libtorch's headers. The headers of libstdc++ 11 have no
# such vector and the same ABI (Debian: libstdc++-11-dev).
set(CMAKE_CXX_COMPILER clang++)
set(cxrnet_libstdcxx /usr/include/c++/11)
if(EXISTS ${cxrnet_libstdcxx})
  set(CMAKE_CXX_FLAGS_INIT
      "-nostdinc++ -isystem ${cxrnet_libstdcxx} -isystem /usr/include/x86_64-linux-gnu/c++/11 -isystem ${cxrnet_libstdcxx}/backward -Wno-unused-command-line-argument")
endif()
