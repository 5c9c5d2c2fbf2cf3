// The elements of a dataset that do not lie packed in the file.
#include "child.h"
#include <stdlib.h>
#include <string.h>

/// About how many bytes are read at a time.
#define PIECE ((uint64_t)4 << 20)

static haddr_t *addresses;
static size_t address_count, address_capacity;

void remember_dataset(haddr_t address) {
    if (address_count == address_capacity) {
        address_capacity = address_capacity ? 2 * address_capacity : 256;
        haddr_t *grown = realloc(addresses, address_capacity * sizeof *addresses);
        if (!grown) refuse("hdf5Memory", "", "the description is too large");
        addresses = grown;
    }
    addresses[address_count++] = address;
}

/// An answer is pieces, each its length in eight bytes and its bytes; a piece of length 0 is followed by why there are
/// no more.
static void fail(void) {
    put_number(0);
    put_text(library_message());
}

static void swap_bytes(uint8_t *bytes, size_t size, size_t swap) {
    for (size_t start = 0; start + swap <= size; start += swap) {
        for (size_t i = 0; i < swap / 2; i++) {
            uint8_t byte = bytes[start + i];
            bytes[start + i] = bytes[start + swap - 1 - i];
            bytes[start + swap - 1 - i] = byte;
        }
    }
}

typedef struct {
    hid_t dataset, type, space;
    element_type element;
    int rank;
    hsize_t dimensions[H5S_MAX_RANK];
    /// Rows (of the first dimension) read at a time, whole chunks where there are any.
    hsize_t rows;
    uint64_t row_size;
} reading;

/// Reads rows and sends them; false when the library cannot.
static bool send_rows(const reading *is, hsize_t first, hsize_t count, uint8_t *bytes) {
    uint64_t size = count * is->row_size;
    hsize_t start[H5S_MAX_RANK] = {0}, extent[H5S_MAX_RANK];
    memcpy(extent, is->dimensions, sizeof extent);
    hid_t memory = H5S_ALL;
    if (is->rank > 0) {
        start[0] = first;
        extent[0] = count;
        memory = H5Screate_simple(is->rank, extent, NULL);
    }
    bool is_read = memory >= 0;
    hid_t selection = is->rank > 0 ? is->space : H5S_ALL;
    if (is->rank > 0) is_read = is_read && H5Sselect_hyperslab(selection, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0;
    is_read = is_read && H5Dread(is->dataset, is->type, memory, selection, H5P_DEFAULT, bytes) >= 0;
    if (!is_read) fail();
    if (memory > 0) H5Sclose(memory);
    if (!is_read) return false;
    if (is->element.swap > 1) swap_bytes(bytes, size, is->element.swap);
    put_number(size);
    write_output(bytes, size);
    return true;
}

static void send_elements(const reading *is) {
    hsize_t rows = is->rank > 0 ? is->dimensions[0] : 1;
    uint8_t *bytes = malloc(is->rows * is->row_size);
    if (!bytes) {
        put_number(0);
        put_text("too little memory for one row of its chunks");
        return;
    }
    for (hsize_t first = 0; first < rows; first += is->rows) {
        if (!send_rows(is, first, rows - first < is->rows ? rows - first : is->rows, bytes)) break;
    }
    free(bytes);
}

/// How many rows to read at a time, and the memory and time that takes.
static void plan(reading *is, hid_t creation) {
    hsize_t rows = is->rank > 0 ? is->dimensions[0] : 1, chunk[H5S_MAX_RANK] = {1};
    uint64_t chunk_size = 0;
    is->row_size = is->element.size * element_count(is->rank - 1, is->dimensions + 1);
    if (is->rank == 0) is->row_size = is->element.size;
    if (H5Pget_layout(creation) == H5D_CHUNKED && H5Pget_chunk(creation, H5S_MAX_RANK, chunk) == is->rank)
        chunk_size = is->element.size * element_count(is->rank, chunk);
    uint64_t band = chunk[0] * is->row_size;
    is->rows = band >= PIECE || band == 0 ? chunk[0] : chunk[0] * (PIECE / band);
    if (is->rows > rows) is->rows = rows;
    allow(SPARE_MEMORY + is->rows * is->row_size + 3 * chunk_size, rows * is->row_size);
}

void answer(hid_t file, uint32_t number) {
    reading is = {.dataset = -1, .type = -1, .space = -1};
    hid_t creation = -1;
    if (number < address_count) is.dataset = H5Oopen_by_addr(file, addresses[number]);
    if (is.dataset >= 0) is.type = H5Dget_type(is.dataset);
    if (is.type >= 0) is.space = H5Dget_space(is.dataset);
    if (is.space >= 0) creation = H5Dget_create_plist(is.dataset);
    if (creation >= 0) is.rank = H5Sget_simple_extent_dims(is.space, is.dimensions, NULL);
    if (creation < 0 || is.rank < 0) {
        fail();
    } else {
        is.element = classify(is.type);
        plan(&is, creation);
        send_elements(&is);
    }
    if (creation >= 0) H5Pclose(creation);
    if (is.space >= 0) H5Sclose(is.space);
    if (is.type >= 0) H5Tclose(is.type);
    if (is.dataset >= 0) H5Oclose(is.dataset);
}
