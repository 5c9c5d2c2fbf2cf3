// oneDNN and OpenBLAS, loaded when a product needs them: float32 on a processor with fused multiply-add does not, and
// linking them would make every command load them, with OpenMP and OpenCL, and start OpenBLAS's threads.
//
// Their functions are called by their own names once cp_load_products() was true.
#pragma once
#include <cblas.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>

/// Loads both at the first call; false when one is missing or another version than this was built with.
bool cp_load_products(void);
/// Holds the libraries to one thread when the calling thread calls them; does nothing before they are loaded.
void cp_hold_products(void);
