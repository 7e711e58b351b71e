// Temporary files of writes under way, so that a program that ends at once leaves none behind.
#pragma once

#include <filesystem>

namespace cxrnet {

/// Removes them all. Whoever would begin or end a write afterwards waits for ever: for a program
/// that is about to end.
void remove_unfinished_files() noexcept;

namespace detail {

/// Creates and opens a new file that counts as unfinished; -1 and errno as open does.
int create_unfinished_file(const std::filesystem::path& path);

/// The file has its own name now, or is gone.
void leave_unfinished_file(const std::filesystem::path& path) noexcept;

}  // namespace detail
}  // namespace cxrnet
