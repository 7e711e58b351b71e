// Precompiled for files that compute with tensors.
#pragma once

#include "pch_standard.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
