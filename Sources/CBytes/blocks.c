#include "include/blocks.h"
#include "elements.h"

enum { BLOCK_LENGTH = 32 };

static inline float scale_of(const uint8_t *block) {
    uint16_t half;
    memcpy(&half, block, 2);
    return (float)double_of_half(half);
}

void bytes_decode_q8_0(const void *source, size_t count, void *target) {
    const uint8_t *block = source;
    for (size_t i = 0; i < count; i++, block += 2 + BLOCK_LENGTH) {
        float scale = scale_of(block), values[BLOCK_LENGTH];
        for (int k = 0; k < BLOCK_LENGTH; k++) values[k] = scale * (float)(int8_t)block[2 + k];
        memcpy((char *)target + i * sizeof values, values, sizeof values);
    }
}

void bytes_decode_q4_0(const void *source, size_t count, void *target) {
    const uint8_t *block = source;
    for (size_t i = 0; i < count; i++, block += 2 + BLOCK_LENGTH / 2) {
        float scale = scale_of(block), values[BLOCK_LENGTH];
        for (int k = 0; k < BLOCK_LENGTH / 2; k++) {
            values[k] = scale * (float)((block[2 + k] & 15) - 8);
            values[k + BLOCK_LENGTH / 2] = scale * (float)((block[2 + k] >> 4) - 8);
        }
        memcpy((char *)target + i * sizeof values, values, sizeof values);
    }
}
