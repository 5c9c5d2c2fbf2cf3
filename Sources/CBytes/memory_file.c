#define _GNU_SOURCE
#include "cbytes.h"
#include <sys/mman.h>

int bytes_memory_file(void) { return memfd_create("zoo", MFD_CLOEXEC); }
