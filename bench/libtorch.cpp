// Loads libtorch, computes one number and ends, as cxrnet does, without tidying up: what a program
// with libtorch takes at least. throughput.py compares the first answer of a cold process with it.
#include <ATen/Functions.h>

#include <cstdlib>

int main() { std::quick_exit(at::zeros({1}).item<float>() == 0.0F ? EXIT_SUCCESS : EXIT_FAILURE); }
