// Loading libhdf5.
#include "library.h"
#include <dlfcn.h>
#include <stddef.h>

struct hdf5_library hdf5_library;

/// Structures that are passed differ between versions: only the one whose headers this was built with will do.
static bool is_ours(void *library) {
    herr_t (*version)(unsigned *, unsigned *, unsigned *) =
        (herr_t (*)(unsigned *, unsigned *, unsigned *))dlsym(library, "H5get_libversion");
    unsigned major, minor, release;
    return version && version(&major, &minor, &release) >= 0 && major == H5_VERS_MAJOR && minor == H5_VERS_MINOR;
}

bool load_hdf5(void) {
    // Debian's and Ubuntu's names of the serial library, newest first, and everybody else's.
    static const char *const names[] = {
        "libhdf5_serial.so.320", "libhdf5_serial.so.310", "libhdf5_serial.so.200", "libhdf5_serial.so.103",
        "libhdf5_serial.so",     "libhdf5.so.320",        "libhdf5.so.310",        "libhdf5.so.200",
        "libhdf5.so.103",        "libhdf5.so",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (!library) continue;
        bool is_complete = is_ours(library);
#define X(name) \
    is_complete = is_complete && (hdf5_library.name = (__typeof__(hdf5_library.name))dlsym(library, #name)) != NULL;
        HDF5_SYMBOLS(X)
#undef X
        if (is_complete) return true;
        dlclose(library);
    }
    return false;
}
