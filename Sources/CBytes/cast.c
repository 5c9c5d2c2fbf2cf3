#include "lanes.h"
#include "load.h"

#define STORE(type, expression)                                                                                      \
    for (size_t i = 0; i < count; i++) {                                                                             \
        double value = block[i];                                                                                     \
        type element = (expression);                                                                                 \
        memcpy((char *)target + i * sizeof(type), &element, sizeof(type));                                           \
    }                                                                                                                \
    break

/// `value` towards zero, or the nearest limit; `limit` is the first double above the range. NaN gives zero.
#define CLAMP(type, least, limit, most)                                                                              \
    (value != value ? 0 : value >= (limit) ? (most) : value < (double)(least) ? (least) : (type)value)

static void store_block(bytes_element type, const double *restrict block, size_t count, void *target) {
    switch (type) {
    case BYTES_F64: STORE(double, value);
    case BYTES_F32: STORE(float, (float)value);
    case BYTES_BF16: STORE(uint16_t, narrow_to_16(value, 7));
    case BYTES_F16: STORE(uint16_t, narrow_to_16(value, 10));
    case BYTES_U64: STORE(uint64_t, CLAMP(uint64_t, 0, 0x1p64, UINT64_MAX));
    case BYTES_I64: STORE(int64_t, CLAMP(int64_t, INT64_MIN, 0x1p63, INT64_MAX));
    case BYTES_U32: STORE(uint32_t, CLAMP(uint32_t, 0, 0x1p32, UINT32_MAX));
    case BYTES_I32: STORE(int32_t, CLAMP(int32_t, INT32_MIN, 0x1p31, INT32_MAX));
    case BYTES_U16: STORE(uint16_t, CLAMP(uint16_t, 0, 0x1p16, UINT16_MAX));
    case BYTES_I16: STORE(int16_t, CLAMP(int16_t, INT16_MIN, 0x1p15, INT16_MAX));
    case BYTES_U8: STORE(uint8_t, CLAMP(uint8_t, 0, 0x1p8, UINT8_MAX));
    case BYTES_I8: STORE(int8_t, CLAMP(int8_t, INT8_MIN, 0x1p7, INT8_MAX));
    case BYTES_BOOL: STORE(uint8_t, value != 0);
    }
}

/// The range of an integer type: values v with least - 1 < v < limit truncate into it.
static void range_of(bytes_element type, double *least, double *limit) {
    switch (type) {
    case BYTES_U64: *least = 0; *limit = 0x1p64; break;
    case BYTES_I64: *least = -0x1p63; *limit = 0x1p63; break;
    case BYTES_U32: *least = 0; *limit = 0x1p32; break;
    case BYTES_I32: *least = -0x1p31; *limit = 0x1p31; break;
    case BYTES_U16: *least = 0; *limit = 0x1p16; break;
    case BYTES_I16: *least = -0x1p15; *limit = 0x1p15; break;
    case BYTES_U8: *least = 0; *limit = 0x1p8; break;
    case BYTES_I8: *least = -0x1p7; *limit = 0x1p7; break;
    default: *least = -INFINITY; *limit = INFINITY; break;
    }
}

/// Compares what was with what became of it.
static void compare(bytes_element to, const double *was, const double *is, size_t count, bytes_cast_report *report) {
    double least, limit;
    range_of(to, &least, &limit);
    bool to_float = element_is_float(to), to_bool = to == BYTES_BOOL;
    for (size_t i = 0; i < count; i++) {
        if (was[i] == is[i] || (was[i] != was[i] && is[i] != is[i])) continue;
        report->inexact += 1;
        if (to_bool) continue;
        bool overflowed = to_float ? isfinite(was[i]) && !isfinite(is[i])
                                   : was[i] != was[i] || was[i] >= limit || was[i] <= least - 1;
        if (overflowed) {
            report->overflow += 1;
            continue;
        }
        if (is[i] == 0) report->underflow += 1;
        double error = fabs(was[i] - is[i]);
        if (error > report->largest_error) report->largest_error = error;
    }
}

static void cast_block(bytes_element from, const void *source, bytes_element to, void *target, size_t count,
                       bytes_cast_report *report) {
    double was[BLOCK], is[BLOCK];
    load_block(from, source, count, was);
    store_block(to, was, count, target);
    load_block(to, target, count, is);
    compare(to, was, is, count, report);
}

static __int128 wide_integer(bytes_element type, const void *source, size_t index) {
    uint64_t bits;
    memcpy(&bits, (const char *)source + index * 8, 8);
    return type == BYTES_U64 ? (__int128)bits : (__int128)(int64_t)bits;
}

/// The integer nearest to `value` in the range of `type`.
static __int128 clamp_integer(bytes_element type, __int128 value) {
    double least, limit;
    range_of(type, &least, &limit);
    __int128 low = (__int128)least, high = (__int128)limit - 1;
    return value < low ? low : value > high ? high : value;
}

/// 64-bit integers do not fit a double, so they take another way.
static void cast_wide_integer(bytes_element from, const void *source, bytes_element to, void *target, size_t index,
                              bytes_cast_report *report) {
    __int128 value = wide_integer(from, source, index), became;
    char *place = (char *)target + index * element_size(to);
    if (to == BYTES_BOOL) {
        uint8_t element = value != 0;
        memcpy(place, &element, 1);
        report->inexact += value != element;
        return;
    }
    if (element_is_float(to)) {
        bool negative = value < 0;
        double odd = odd_double_of((unsigned __int128)(negative ? -value : value), negative);
        double nearest = from == BYTES_U64 ? (double)(uint64_t)value : (double)(int64_t)value, result;
        store_block(to, to == BYTES_F64 ? &nearest : &odd, 1, place);
        load_block(to, place, 1, &result);
        if (!isfinite(result)) {
            report->overflow += 1;
            report->inexact += 1;
            return;
        }
        became = (__int128)result;
    } else {
        became = clamp_integer(to, value);
        uint64_t low = (uint64_t)became;
        memcpy(place, &low, element_size(to));
        if (became != value) {
            report->overflow += 1;
            report->inexact += 1;
            return;
        }
    }
    if (became == value) return;
    report->inexact += 1;
    double error = fabs((double)(value - became));
    if (error > report->largest_error) report->largest_error = error;
}

void bytes_cast(bytes_element from, const void *source, bytes_element to, void *target, size_t count,
                bytes_cast_report *report) {
    *report = (bytes_cast_report){0};
    if (element_is_wide_integer(from)) {
        for (size_t i = 0; i < count; i++) cast_wide_integer(from, source, to, target, i, report);
        return;
    }
    size_t first = cast_lanes(from, source, to, target, count, report);
    for (size_t start = first; start < count; start += BLOCK) {
        size_t length = count - start < BLOCK ? count - start : BLOCK;
        cast_block(from, (const char *)source + start * element_size(from), to,
                   (char *)target + start * element_size(to), length, report);
    }
}
