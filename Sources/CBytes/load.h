// Elements of one type as doubles, a block at a time.
#pragma once
#include "elements.h"

#define LOAD(type, expression)                                                                                       \
    for (size_t i = 0; i < count; i++) {                                                                             \
        type element;                                                                                                \
        memcpy(&element, (const char *)source + i * sizeof(type), sizeof(type));                                     \
        block[i] = (expression);                                                                                     \
    }                                                                                                                \
    break

static inline double load_bf16(uint16_t element) {
    uint32_t bits = (uint32_t)element << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

/// Loads up to BLOCK elements. A 64-bit integer is rounded to nearest.
static inline void load_block(bytes_element type, const void *source, size_t count, double *restrict block) {
    switch (type) {
    case BYTES_F64: LOAD(double, element);
    case BYTES_F32: LOAD(float, (double)element);
    case BYTES_BF16: LOAD(uint16_t, load_bf16(element));
    case BYTES_F16: LOAD(uint16_t, double_of_half(element));
    case BYTES_U64: LOAD(uint64_t, (double)element);
    case BYTES_I64: LOAD(int64_t, (double)element);
    case BYTES_U32: LOAD(uint32_t, (double)element);
    case BYTES_I32: LOAD(int32_t, (double)element);
    case BYTES_U16: LOAD(uint16_t, (double)element);
    case BYTES_I16: LOAD(int16_t, (double)element);
    case BYTES_U8: LOAD(uint8_t, (double)element);
    case BYTES_I8: LOAD(int8_t, (double)element);
    case BYTES_BOOL: LOAD(uint8_t, element ? 1.0 : 0.0);
    }
}
#undef LOAD
