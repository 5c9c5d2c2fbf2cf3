// A file whose elements are still to come: everything but them, and where they belong.
#include "child.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Datasets of this many bytes begin at a multiple of ALIGNMENT.
#define ALIGNED_SIZE 256
#define ALIGNMENT 64

static hid_t file, links, groups;

_Noreturn static void fail(const char *path) { refuse("hdf5Unwritable", path, library_message()); }

static uint64_t take_number(size_t count) {
    uint8_t bytes[8] = {0};
    if (!read_input(bytes, count)) _exit(1);
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

static char *take_text(void) {
    size_t size = (size_t)take_number(4);
    char *text = malloc(size + 1);
    if (!text) refuse("hdf5Memory", "", "the description is too large");
    if (!read_input(text, size)) _exit(1);
    text[size] = 0;
    return text;
}

static hid_t list_type(hid_t base, size_t size, H5T_cset_t characters) {
    hid_t type = H5Tcopy(base);
    if (type < 0 || H5Tset_size(type, size) < 0 || H5Tset_cset(type, characters) < 0) return -1;
    return type;
}

static void make_text_attribute(hid_t object, const char *path, const char *name) {
    char *text = take_text();
    hid_t type = list_type(H5T_C_S1, H5T_VARIABLE, H5T_CSET_UTF8), space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, type, &text) < 0) fail(path);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    free(text);
}

/// A list of texts of one length, as Keras writes the names of layers and weights.
static void make_list_attribute(hid_t object, const char *path, const char *name) {
    hsize_t count = take_number(8);
    size_t length = (size_t)take_number(4);
    char *texts = calloc(count ? count : 1, length);
    if (!texts) refuse("hdf5Memory", path, "the list is too large");
    for (hsize_t i = 0; i < count; i++) {
        char *text = take_text();
        memcpy(texts + i * length, text, strnlen(text, length));
        free(text);
    }
    hid_t type = list_type(H5T_C_S1, length, H5T_CSET_ASCII), space = H5Screate_simple(1, &count, NULL);
    if (type < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0) fail(path);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || (count > 0 && H5Awrite(attribute, type, texts) < 0)) fail(path);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    free(texts);
}

static void make_attribute(void) {
    char *path = take_text(), *name = take_text();
    uint64_t kind = take_number(1);
    hid_t object = *path ? H5Oopen(file, path, H5P_DEFAULT) : H5Gopen2(file, "/", H5P_DEFAULT);
    if (object < 0) fail(path);
    if (kind == 'T') make_text_attribute(object, path, name);
    else make_list_attribute(object, path, name);
    H5Oclose(object);
    free(path);
    free(name);
}

static haddr_t make_dataset(void) {
    char *path = take_text(), *dtype = take_text();
    hsize_t dimensions[H5S_MAX_RANK];
    int rank = (int)take_number(1);
    if (rank > H5S_MAX_RANK) _exit(1);
    for (int i = 0; i < rank; i++) dimensions[i] = take_number(8);
    hid_t type = file_type(dtype);
    hid_t space = rank > 0 ? H5Screate_simple(rank, dimensions, NULL) : H5Screate(H5S_SCALAR);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (creation < 0 || H5Pset_layout(creation, H5D_CONTIGUOUS) < 0 ||
        H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY) < 0 ||
        H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER) < 0 || H5Pset_obj_track_times(creation, 0) < 0)
        fail(path);
    hid_t dataset = H5Dcreate2(file, path, type, space, links, creation, H5P_DEFAULT);
    if (dataset < 0) fail(path);
    haddr_t offset = H5Dget_offset(dataset);
    H5Dclose(dataset);
    H5Pclose(creation);
    H5Sclose(space);
    H5Tclose(type);
    free(path);
    free(dtype);
    return offset;
}

static void make_group(void) {
    char *path = take_text();
    // A group below it may have made it already.
    hid_t group = H5Gopen2(file, path, H5P_DEFAULT);
    if (group < 0) group = H5Gcreate2(file, path, links, groups, H5P_DEFAULT);
    if (group < 0) fail(path);
    H5Gclose(group);
    free(path);
}

static void create_file(void) {
    hid_t access = file_access(), creation = H5Pcreate(H5P_FILE_CREATE);
    links = H5Pcreate(H5P_LINK_CREATE);
    groups = H5Pcreate(H5P_GROUP_CREATE);
    confine(0);
    // The oldest form of everything, which every reader knows; no times, so that the same tensors give the same bytes.
    if (access < 0 || creation < 0 || links < 0 || groups < 0 ||
        H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18) < 0 ||
        H5Pset_alignment(access, ALIGNED_SIZE, ALIGNMENT) < 0 || H5Pset_obj_track_times(creation, 0) < 0 ||
        H5Pset_obj_track_times(groups, 0) < 0 || H5Pset_create_intermediate_group(links, 1) < 0 ||
        H5Pset_char_encoding(links, H5T_CSET_UTF8) < 0)
        fail("");
    file = H5Fcreate("file", H5F_ACC_TRUNC, creation, access);
    if (file < 0) fail("");
}

int run_write(void) {
    create_file();
    haddr_t *offsets = NULL;
    size_t count = 0, capacity = 0;
    for (;;) {
        switch (take_number(1)) {
        case 'A': make_attribute(); continue;
        case 'G': make_group(); continue;
        case 'D':
            if (count == capacity) {
                capacity = capacity ? 2 * capacity : 256;
                offsets = realloc(offsets, capacity * sizeof *offsets);
                if (!offsets) refuse("hdf5Memory", "", "the description is too large");
            }
            offsets[count++] = make_dataset();
            continue;
        case 'E': break;
        default: return 1;
        }
        break;
    }
    if (H5Fclose(file) < 0) fail("");
    for (size_t i = 0; i < count; i++) put_number(offsets[i]);
    end_table();
    return 0;
}
