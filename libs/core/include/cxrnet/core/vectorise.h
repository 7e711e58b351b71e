// Loops compiled for several instruction sets, of which the processor's best is taken at run time.
#pragma once

// Before a function whose loops the compiler shall vectorise for AVX-512, AVX2 and the baseline;
// its file is one of cxrnet_kernel_sources() in CMake. What it calls must be CXRNET_INLINE, or
// stays on the baseline. Sanitizers and other compilers than GCC get the baseline alone: the choice
// at run time happens before a sanitizer is ready.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CXRNET_VECTORISE \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CXRNET_VECTORISE
#endif

#define CXRNET_INLINE inline __attribute__((always_inline))
