// A file driver for libhdf5 over descriptors that are already open: the library itself opens nothing.
#include "child.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_DESCRIPTOR 3

typedef struct {
    uint64_t offset, length;
    /// Where in the file the window begins.
    uint64_t start;
} window;

typedef struct {
    H5FD_t public;
    haddr_t end;
} opened_file;

static window *windows;
static size_t window_count;
static uint64_t total;

bool set_windows(int count, char **arguments) {
    windows = calloc((size_t)count, sizeof *windows);
    if (!windows) return false;
    for (int i = 0; i < count; i++) {
        char *end;
        windows[i].offset = strtoull(arguments[i], &end, 10);
        if (*end != ':') return false;
        windows[i].length = strtoull(end + 1, &end, 10);
        if (*end != 0) return false;
        windows[i].start = total;
        total += windows[i].length;
    }
    window_count = (size_t)count;
    return count > 0;
}

uint64_t windows_size(void) { return total; }

static H5FD_t *open_file(const char *name, unsigned flags, hid_t access, haddr_t maximum) {
    (void)name, (void)flags, (void)access, (void)maximum;
    opened_file *file = calloc(1, sizeof *file);
    return file ? &file->public : NULL;
}

static herr_t close_file(H5FD_t *file) {
    free(file);
    return 0;
}

static int compare_files(const H5FD_t *left, const H5FD_t *right) { return left < right ? -1 : left > right; }

static herr_t query(const H5FD_t *file, unsigned long *flags) {
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t get_end(const H5FD_t *file, H5FD_mem_t type) {
    (void)type;
    return ((const opened_file *)file)->end;
}

static herr_t set_end(H5FD_t *file, H5FD_mem_t type, haddr_t end) {
    (void)type;
    ((opened_file *)file)->end = end;
    return 0;
}

static haddr_t get_size(const H5FD_t *file, H5FD_mem_t type) {
    (void)file, (void)type;
    if (window_count > 0) return total;
    off_t end = lseek(FIRST_DESCRIPTOR, 0, SEEK_END);
    return end >= 0 ? (haddr_t)end : HADDR_UNDEF;
}

/// Reads from one descriptor; what is past its end is zero.
static bool read_window(int descriptor, uint64_t offset, size_t size, uint8_t *bytes) {
    while (size > 0) {
        ssize_t got = pread(descriptor, bytes, size, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) {
            memset(bytes, 0, size);
            return true;
        }
        bytes += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return true;
}

static herr_t read_file(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, void *buffer) {
    (void)file, (void)type, (void)transfer;
    uint8_t *bytes = buffer;
    if (window_count == 0) return read_window(FIRST_DESCRIPTOR, address, size, bytes) ? 0 : -1;
    size_t low = 0, high = window_count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (windows[middle].start <= address) low = middle;
        else high = middle;
    }
    for (size_t i = low; i < window_count && size > 0; i++) {
        uint64_t inside = address - windows[i].start;
        if (inside >= windows[i].length) continue;
        uint64_t rest = windows[i].length - inside;
        size_t part = rest < size ? (size_t)rest : size;
        if (!read_window(FIRST_DESCRIPTOR + (int)i, windows[i].offset + inside, part, bytes)) return -1;
        bytes += part;
        address += part;
        size -= part;
    }
    memset(bytes, 0, size);
    return 0;
}

static herr_t write_file(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size,
                         const void *buffer) {
    (void)file, (void)type, (void)transfer;
    if (window_count > 0) return -1;
    const uint8_t *bytes = buffer;
    while (size > 0) {
        ssize_t written = pwrite(FIRST_DESCRIPTOR, bytes, size, (off_t)address);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return -1;
        bytes += written;
        address += (haddr_t)written;
        size -= (size_t)written;
    }
    return 0;
}

static herr_t truncate_file(H5FD_t *file, hid_t transfer, hbool_t closing) {
    (void)transfer, (void)closing;
    if (window_count > 0) return 0;
    return ftruncate(FIRST_DESCRIPTOR, (off_t)((opened_file *)file)->end) == 0 ? 0 : -1;
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 2)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)600,
#endif
    .name = "windows",
    .maxaddr = ((haddr_t)1 << 63) - 1,
    .fc_degree = H5F_CLOSE_WEAK,
    .open = open_file,
    .close = close_file,
    .cmp = compare_files,
    .query = query,
    .get_eoa = get_end,
    .set_eoa = set_end,
    .get_eof = get_size,
    .read = read_file,
    .write = write_file,
    .truncate = truncate_file,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t file_access(void) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), registered = H5FDregister(&driver);
    if (access < 0 || registered < 0 || H5Pset_driver(access, registered, NULL) < 0) return -1;
    return access;
}
