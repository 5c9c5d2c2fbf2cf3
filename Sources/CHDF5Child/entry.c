// The entry point.
#include "hdf5_child.h"
#include "child.h"
#include <signal.h>
#include <string.h>
#include <unistd.h>

int hdf5_child_main(int argc, char **argv) {
    // Whatever the program was started with, a fault ends it at once.
    int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPIPE, SIGXCPU, SIGTERM};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) signal(faults[i], SIG_DFL);
    // The parent knows this status.
    if (!load_hdf5()) return 3;
    H5dont_atexit();
    if (H5open() < 0 || H5PLset_loading_state(0) < 0) return 1;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    int result = 2;
    if (argc > 3 && strcmp(argv[2], "read") == 0 && set_windows(argc - 3, argv + 3)) result = run_read();
    if (argc == 3 && strcmp(argv[2], "write") == 0) result = run_write();
    // The library's own way out walks over structures that a file may have damaged.
    _exit(result);
}
