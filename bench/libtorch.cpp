// Loads libtorch, computes one number and ends: what a program with libtorch takes at least.
// throughput.py compares the first answer of a cold process with it.
#include <ATen/Functions.h>

int main() { return at::zeros({1}).item<float>() == 0.0F ? 0 : 1; }
