// libhdf5, for what links it.
#pragma once
#include <hdf5.h>
