#include "cbytes.h"
#include <string.h>

enum { MAXIMUM_RANK = 64, TILE = 16 };

/// `rows` by `columns` elements: row r of the source begins at r * from, column c of the target at c * to.
#define TRANSPOSE(type)                                                                                              \
    static void transpose_##type(const char *restrict source, char *restrict target, size_t rows, size_t columns,    \
                                 size_t from, size_t to) {                                                           \
        for (size_t top = 0; top < rows; top += TILE) {                                                              \
            size_t height = rows - top < TILE ? rows - top : TILE;                                                   \
            for (size_t left = 0; left < columns; left += TILE) {                                                    \
                size_t width = columns - left < TILE ? columns - left : TILE;                                        \
                type tile[TILE][TILE];                                                                               \
                for (size_t r = 0; r < height; r++)                                                                  \
                    memcpy(tile[r], source + ((top + r) * from + left) * sizeof(type), width * sizeof(type));        \
                for (size_t c = 0; c < width; c++) {                                                                 \
                    type line[TILE];                                                                                 \
                    for (size_t r = 0; r < TILE; r++) line[r] = tile[r][c];                                          \
                    memcpy(target + ((left + c) * to + top) * sizeof(type), line, height * sizeof(type));            \
                }                                                                                                    \
            }                                                                                                        \
        }                                                                                                            \
    }

TRANSPOSE(uint8_t)
TRANSPOSE(uint16_t)
TRANSPOSE(uint32_t)
TRANSPOSE(uint64_t)

static void transpose(const char *source, char *target, size_t rows, size_t columns, size_t from, size_t to,
                      size_t width) {
    switch (width) {
    case 1: transpose_uint8_t(source, target, rows, columns, from, to); break;
    case 2: transpose_uint16_t(source, target, rows, columns, from, to); break;
    case 4: transpose_uint32_t(source, target, rows, columns, from, to); break;
    case 8: transpose_uint64_t(source, target, rows, columns, from, to); break;
    }
}

void bytes_permute(const void *source, void *target, size_t rank, const size_t *shape, const size_t *axes,
                   size_t width) {
    // Axes of size one move nothing, and neighbours that stay neighbours are one axis.
    size_t strides[MAXIMUM_RANK], sizes[MAXIMUM_RANK], count = 0, total = 1;
    for (size_t place = 0; place < rank; place++) {
        size_t axis = axes[place], stride = 1;
        for (size_t inner = axis + 1; inner < rank; inner++) stride *= shape[inner];
        total *= shape[axis];
        if (shape[axis] == 1) continue;
        if (count > 0 && strides[count - 1] == stride * shape[axis]) {
            sizes[count - 1] *= shape[axis];
            strides[count - 1] = stride;
        } else {
            sizes[count] = shape[axis];
            strides[count++] = stride;
        }
    }
    if (total == 0) return;
    if (count == 0 || (count == 1 && strides[0] == 1)) {
        memcpy(target, source, total * width);
        return;
    }
    size_t steps[MAXIMUM_RANK], step = 1, fastest = 0;
    for (size_t place = count; place-- > 0;) {
        steps[place] = step;
        step *= sizes[place];
        if (strides[place] == 1) fastest = place;
    }
    // The two innermost loops: the axis along which the target is contiguous and the one along which the source is.
    size_t last = count - 1, index[MAXIMUM_RANK] = {0};
    const char *from = source;
    char *to = target;
    for (;;) {
        if (fastest == last) {
            memcpy(to, from, sizes[last] * width);
        } else {
            transpose(from, to, sizes[last], sizes[fastest], strides[last], steps[fastest], width);
        }
        size_t place = count;
        while (place-- > 0) {
            if (place == last || place == fastest) continue;
            from += strides[place] * width;
            to += steps[place] * width;
            if (++index[place] < sizes[place]) break;
            from -= sizes[place] * strides[place] * width;
            to -= sizes[place] * steps[place] * width;
            index[place] = 0;
        }
        if (place == (size_t)-1) return;
    }
}
