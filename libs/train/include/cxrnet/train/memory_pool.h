// Keeps the memory of one training step for the next.
#pragma once

namespace cxrnet::train {

/// Makes libtorch's CPU tensors of this process reuse freed memory from now on, in huge pages where
/// the system grants them. A training step allocates the same maps again and again; from the
/// system each costs a page fault for every 4 KiB. Tensors of two megabytes and more are kept by
/// size; when a size is missing and more than 2 GiB would lie unused, all of that goes back to the
/// system first. Smaller ones are malloc's as before. Calling it again changes nothing.
void use_memory_pool();

}  // namespace cxrnet::train
