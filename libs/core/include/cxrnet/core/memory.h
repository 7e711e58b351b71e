// Memory that libraries take without a look at whether they got it.
#pragma once

#include <cstddef>

namespace cxrnet {

/// Throws std::bad_alloc if the system would not give so many bytes now: to be asked before calling
/// a library that would crash or wait for ever. Takes none of them, so that another thread may.
/// Knows of a limit on addresses (`ulimit -v`) and of a system that promises no more than it has;
/// a container's limit ends a process when memory is used, not when it is asked for.
void require_memory(std::size_t bytes);

/// Has OpenBLAS, where it is loaded, take the memory that two threads multiply matrices in, once in
/// a process. It asks for that again and again, for ever, where there is none; what it has got it
/// keeps. std::bad_alloc: there is none.
void reserve_memory_for_products();

}  // namespace cxrnet
