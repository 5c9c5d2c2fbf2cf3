// Text and numbers beside the tensors.
#include "child.h"
#include <stdlib.h>
#include <string.h>

uint64_t element_count(int rank, const hsize_t *dimensions) {
    uint64_t count = 1;
    for (int i = 0; i < rank; i++) {
        if (__builtin_mul_overflow(count, dimensions[i], &count)) return UINT64_MAX;
    }
    return count;
}

static bool append(string_list *list, const char *text, size_t length) {
    if (length > MAXIMUM_TEXT || list->size + length + 4 > MAXIMUM_TEXT) return false;
    uint8_t *bytes = realloc(list->bytes, list->size + length + 4);
    if (!bytes) return false;
    list->bytes = bytes;
    for (int i = 0; i < 4; i++) bytes[list->size + (size_t)i] = (uint8_t)(length >> (8 * i));
    memcpy(bytes + list->size + 4, text, length);
    list->size += length + 4;
    return true;
}

static string_list load_variable(hid_t object, hid_t type, uint64_t count, element_reader read) {
    string_list list = {0};
    char **texts = calloc(count, sizeof *texts);
    hsize_t extent = count;
    hid_t space = H5Screate_simple(1, &extent, NULL);
    bool is_good = texts && space >= 0 && read(object, type, texts) >= 0;
    for (uint64_t i = 0; is_good && i < count; i++)
        is_good = append(&list, texts[i] ? texts[i] : "", texts[i] ? strlen(texts[i]) : 0);
    if (texts && space >= 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
    if (space >= 0) H5Sclose(space);
    free(texts);
    if (is_good) return list;
    free(list.bytes);
    return (string_list){0};
}

static string_list load_fixed(hid_t object, hid_t type, uint64_t count, element_reader read) {
    string_list list = {0};
    size_t size = H5Tget_size(type);
    H5T_str_t padding = H5Tget_strpad(type);
    if (size == 0 || size > MAXIMUM_TEXT / count) return list;
    char *texts = calloc(count, size);
    bool is_good = texts && read(object, type, texts) >= 0;
    for (uint64_t i = 0; is_good && i < count; i++) {
        const char *text = texts + i * size;
        size_t length = size;
        if (padding == H5T_STR_NULLTERM) length = strnlen(text, size);
        char filler = padding == H5T_STR_SPACEPAD ? ' ' : 0;
        while (length > 0 && text[length - 1] == filler) length -= 1;
        is_good = append(&list, text, length);
    }
    free(texts);
    if (is_good) return list;
    free(list.bytes);
    return (string_list){0};
}

string_list load_strings(hid_t object, hid_t type, uint64_t count, element_reader read) {
    if (count == 0) return (string_list){.bytes = calloc(1, 1)};
    if (count > MAXIMUM_TEXT / sizeof(char *)) return (string_list){0};
    return H5Tis_variable_str(type) > 0 ? load_variable(object, type, count, read)
                                        : load_fixed(object, type, count, read);
}

/// The header of an attribute: whose it is, its name, whether it is one value, what sort of values, how many.
static void put_header(const char *path, const char *name, bool is_single, char kind, uint64_t count) {
    put_byte('A');
    put_text(path);
    put_text(name);
    put_byte(is_single);
    put_byte((uint8_t)kind);
    put_number(count);
}

static void put_numbers(hid_t attribute, hid_t type, const char *path, const char *name, bool is_single,
                        uint64_t count) {
    char kind;
    hid_t memory;
    switch (H5Tget_class(type)) {
    case H5T_FLOAT: kind = 'F', memory = H5T_NATIVE_DOUBLE; break;
    case H5T_INTEGER:
        kind = H5Tget_sign(type) == H5T_SGN_NONE ? 'U' : 'I';
        memory = kind == 'U' ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64;
        break;
    case H5T_ENUM: {
        const char *dtype = classify(type).dtype;
        if (!dtype || strcmp(dtype, "BOOL") != 0) return;
        kind = 'B', memory = type;
        break;
    }
    default: return;
    }
    if (count > 1 << 16) return;
    uint64_t *values = calloc(count + 1, sizeof *values);
    if (values && (count == 0 || H5Aread(attribute, memory, values) >= 0)) {
        put_header(path, name, is_single, kind, count);
        for (uint64_t i = 0; i < count; i++) put_number(kind == 'B' ? ((uint8_t *)values)[i] : values[i]);
    }
    free(values);
}

static void put_attribute(hid_t attribute, const char *path, const char *name) {
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    if (type >= 0 && space >= 0) {
        hsize_t dimensions[H5S_MAX_RANK];
        H5S_class_t form = H5Sget_simple_extent_type(space);
        int rank = H5Sget_simple_extent_dims(space, dimensions, NULL);
        uint64_t count = form == H5S_NULL ? 0 : rank < 0 ? UINT64_MAX : element_count(rank, dimensions);
        if (H5Tget_class(type) == H5T_STRING) {
            string_list list = load_strings(attribute, type, count, H5Aread);
            if (list.bytes) {
                put_header(path, name, form == H5S_SCALAR, 'T', count);
                put_bytes(list.bytes, list.size);
            }
            free(list.bytes);
        } else {
            put_numbers(attribute, type, path, name, form == H5S_SCALAR, count);
        }
    }
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
}

static herr_t visit(hid_t object, const char *name, const H5A_info_t *info, void *path) {
    (void)info;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) return -1;
    put_attribute(attribute, path, name);
    H5Aclose(attribute);
    return 0;
}

void put_attributes(hid_t object, const char *path) {
    hsize_t position = 0;
    if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &position, visit, (void *)(uintptr_t)path) < 0)
        refuse("hdf5Unreadable", path, library_message());
}
