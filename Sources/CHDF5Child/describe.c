// The table of a file: attributes, datasets, and what cannot be read.
#include "child.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The first filter that users may define; the library has none of these itself.
#define FIRST_USER_FILTER 256

static hid_t file;
static uint64_t link_count;

/// Addresses of the groups from the root to where we are.
static haddr_t ancestors[MAXIMUM_DEPTH + 1];

/// Addresses of the groups entered so far: an open hash table.
static haddr_t *entered;
static size_t entered_count, entered_capacity;

/// Links that may lead anywhere, followed when all else has been seen.
static char **soft_links;
static size_t soft_link_count;

_Noreturn static void out_of_memory(const char *path) { refuse("hdf5Memory", path, "the description is too large"); }

static char *join(const char *path, const char *name) {
    size_t length = strlen(path), size = length + strlen(name) + 2;
    char *joined = size > MAXIMUM_TEXT ? NULL : malloc(size);
    if (!joined) out_of_memory(path);
    memcpy(joined, path, length);
    if (length > 0) joined[length++] = '/';
    strcpy(joined + length, name);
    return joined;
}

static size_t place_of(haddr_t address) {
    size_t place = (size_t)(address * 0x9E3779B97F4A7C15ULL) & (entered_capacity - 1);
    while (entered[place] != HADDR_UNDEF && entered[place] != address) place = (place + 1) & (entered_capacity - 1);
    return place;
}

/// Notes a group; whether it is new.
static bool enter(haddr_t address, const char *path) {
    if (2 * (entered_count + 1) > entered_capacity) {
        haddr_t *old = entered;
        size_t old_capacity = entered_capacity;
        entered_capacity = old_capacity ? 2 * old_capacity : 1024;
        entered = malloc(entered_capacity * sizeof *entered);
        if (!entered) out_of_memory(path);
        memset(entered, 0xFF, entered_capacity * sizeof *entered);
        for (size_t i = 0; i < old_capacity; i++) {
            if (old[i] != HADDR_UNDEF) entered[place_of(old[i])] = old[i];
        }
        free(old);
    }
    size_t place = place_of(address);
    if (entered[place] == address) return false;
    entered[place] = address;
    entered_count += 1;
    return true;
}

static void put_unreadable(const char *path, const char *description, const char *reason) {
    put_byte('U');
    put_text(path);
    put_text(description);
    put_text(reason);
}

static void put_shape(int rank, const hsize_t *dimensions) {
    put_byte((uint8_t)rank);
    for (int i = 0; i < rank; i++) put_number(dimensions[i]);
}

/// Refuses a dataset whose elements are, or may be, in another file.
static void check_storage(hid_t creation, const char *path) {
    if (H5Pget_external_count(creation) != 0) refuse("hdf5ExternalStorage", path, "");
    if (H5Pget_layout(creation) != H5D_VIRTUAL) return;
    size_t count = 0;
    if (H5Pget_virtual_count(creation, &count) < 0) refuse("hdf5Unreadable", path, library_message());
    for (size_t i = 0; i < count; i++) {
        char name[2] = {0};
        ssize_t length = H5Pget_virtual_filename(creation, i, name, sizeof name);
        if (length != 1 || name[0] != '.') refuse("hdf5VirtualDataset", path, "");
    }
}

/// Why the filters or chunks of a dataset stand in the way; NULL when they do not.
static const char *obstacle(hid_t creation, uint64_t element_size, uint64_t stored) {
    static char text[128];
    int filters = H5Pget_nfilters(creation);
    for (int i = 0; i < filters; i++) {
        unsigned flags, configuration;
        size_t value_count = 0;
        char name[32] = {0};
        H5Z_filter_t filter = H5Pget_filter2(creation, (unsigned)i, &flags, &value_count, NULL, sizeof name - 1, name,
                                             &configuration);
        if (filter < 0) return library_message();
        if (filter < FIRST_USER_FILTER && H5Zfilter_avail(filter) > 0) continue;
        snprintf(text, sizeof text, "it is stored through filter %d (%s), which is not one of the library's own",
                 (int)filter, *name ? name : "unnamed");
        return text;
    }
    if (H5Pget_layout(creation) != H5D_CHUNKED) return NULL;
    hsize_t chunk[H5S_MAX_RANK];
    int rank = H5Pget_chunk(creation, H5S_MAX_RANK, chunk);
    uint64_t count = rank < 0 ? UINT64_MAX : element_count(rank, chunk), size;
    if (__builtin_mul_overflow(count, element_size, &size) || size > SPARE_MEMORY + MAXIMUM_RATIO * stored)
        return "its chunks are larger than what is stored of it can fill";
    return NULL;
}

static herr_t read_strings(hid_t dataset, hid_t type, void *elements) {
    return H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements);
}

static void put_strings(hid_t dataset, hid_t type, const char *path, bool is_single, uint64_t count) {
    string_list list = load_strings(dataset, type, count, read_strings);
    if (!list.bytes) return put_unreadable(path, describe_type(type), "the strings cannot be read");
    put_byte('S');
    put_text(path);
    put_byte(is_single);
    put_number(count);
    put_bytes(list.bytes, list.size);
    free(list.bytes);
}

/// What is needed of a dataset, opened.
typedef struct {
    hid_t type, space, creation;
} dataset_parts;

static void put_parts(hid_t dataset, const dataset_parts *parts, haddr_t address, const char *path) {
    hsize_t dimensions[H5S_MAX_RANK];
    H5S_class_t form = H5Sget_simple_extent_type(parts->space);
    int rank = H5Sget_simple_extent_dims(parts->space, dimensions, NULL);
    if (rank < 0) return put_unreadable(path, describe_type(parts->type), library_message());
    if (form == H5S_NULL) dimensions[0] = 0, rank = 1;
    check_storage(parts->creation, path);
    element_type element = classify(parts->type);
    uint64_t stored = H5Dget_storage_size(dataset);
    const char *reason = obstacle(parts->creation, element.size, stored);
    if (!reason && H5Tget_class(parts->type) == H5T_STRING)
        return put_strings(dataset, parts->type, path, form == H5S_SCALAR, element_count(rank, dimensions));
    if (!reason && !element.dtype) reason = "no tensor can have elements of this type";
    if (reason) return put_unreadable(path, describe_type(parts->type), reason);

    haddr_t offset = HADDR_UNDEF;
    if (H5Pget_layout(parts->creation) == H5D_CONTIGUOUS && element.swap < 2) offset = H5Dget_offset(dataset);
    put_byte('D');
    put_text(path);
    put_text(element.dtype);
    put_shape(rank, dimensions);
    put_number(stored);
    put_number(offset);
    remember_dataset(address);
}

static void put_dataset(hid_t dataset, const char *path) {
    H5O_info_t info;
    dataset_parts parts = {H5Dget_type(dataset), H5Dget_space(dataset), H5Dget_create_plist(dataset)};
    if (parts.type < 0 || parts.space < 0 || parts.creation < 0 ||
        H5Oget_info2(dataset, &info, H5O_INFO_BASIC) < 0) {
        put_unreadable(path, "dataset", library_message());
    } else {
        put_attributes(dataset, path);
        put_parts(dataset, &parts, info.addr, path);
    }
    if (parts.creation >= 0) H5Pclose(parts.creation);
    if (parts.space >= 0) H5Sclose(parts.space);
    if (parts.type >= 0) H5Tclose(parts.type);
}

/// A group on the way: where it is and how deep.
typedef struct {
    const char *path;
    unsigned depth;
} place;

static void put_group(hid_t group, const char *path, unsigned depth);

static void put_object(hid_t object, const char *path, unsigned depth) {
    switch (H5Iget_type(object)) {
    case H5I_GROUP: put_group(object, path, depth); break;
    case H5I_DATASET: put_dataset(object, path); break;
    default: break;
    }
}

static void follow_soft_link(const char *path) {
    hid_t object = H5Oopen(file, path, H5P_DEFAULT);
    if (object < 0) return put_unreadable(path, "soft link", library_message());
    if (H5Iget_type(object) == H5I_GROUP) put_unreadable(path, "soft link", "it is another name of a group");
    else put_object(object, path, 0);
    H5Oclose(object);
}

static void keep_soft_link(char *path) {
    char **grown = realloc(soft_links, (soft_link_count + 1) * sizeof *soft_links);
    if (!grown) out_of_memory(path);
    soft_links = grown;
    soft_links[soft_link_count++] = path;
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *link, void *context) {
    const place *at = context;
    char *path = join(at->path, name);
    if (++link_count > MAXIMUM_LINKS) refuse("hdf5TooManyLinks", path, "");
    if (link->type == H5L_TYPE_EXTERNAL) refuse("hdf5ExternalLink", path, "");
    if (link->type == H5L_TYPE_SOFT) {
        keep_soft_link(path);
        return 0;
    }
    if (link->type != H5L_TYPE_HARD) refuse("hdf5UserLink", path, "");
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0) {
        put_unreadable(path, "object", library_message());
    } else {
        put_object(object, path, at->depth + 1);
        H5Oclose(object);
    }
    free(path);
    return 0;
}

static void put_group(hid_t group, const char *path, unsigned depth) {
    H5O_info_t info;
    if (H5Oget_info2(group, &info, H5O_INFO_BASIC) < 0) refuse("hdf5Unreadable", path, library_message());
    for (unsigned i = 0; i < depth; i++) {
        if (ancestors[i] == info.addr) refuse("hdf5CyclicGroups", path, "");
    }
    if (depth > MAXIMUM_DEPTH) refuse("hdf5TooDeep", path, "");
    if (!enter(info.addr, path)) return put_unreadable(path, "group", "it is another name of a group");
    ancestors[depth] = info.addr;
    put_attributes(group, path);
    place at = {path, depth};
    hsize_t position = 0;
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &position, visit_link, &at) < 0)
        refuse("hdf5Unreadable", path, library_message());
}

int run_read(void) {
    hid_t access = file_access();
    if (access < 0) return 1;
    // The library's tables and what it reads at start are made before anything of the file is seen.
    confine(windows_size());
    file = H5Fopen("file", H5F_ACC_RDONLY, access);
    if (file < 0) refuse("hdf5Unreadable", "", library_message());
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    if (root < 0) refuse("hdf5Unreadable", "", library_message());
    put_group(root, "", 0);
    for (size_t i = 0; i < soft_link_count; i++) follow_soft_link(soft_links[i]);
    end_table();

    uint8_t number[4];
    while (read_input(number, sizeof number)) {
        answer(file, (uint32_t)number[0] | (uint32_t)number[1] << 8 | (uint32_t)number[2] << 16 |
                         (uint32_t)number[3] << 24);
        flush_output();
    }
    return 0;
}
