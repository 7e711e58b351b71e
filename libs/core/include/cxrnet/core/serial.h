// Threads that are the parallelism themselves.
#pragma once

namespace cxrnet {

/// Lets the calling thread's tensor operations run in this thread alone, where a team of OpenMP
/// threads under each of several threads would only fight over the cores. The setting is the
/// thread's own; others keep theirs.
void compute_serially();

}  // namespace cxrnet
