// One element: to and from double, where every type but the 64-bit integers is exact.
#pragma once
#include "cbytes.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { BLOCK = 512 };

static inline size_t element_size(bytes_element type) {
    switch (type) {
    case BYTES_F64: case BYTES_U64: case BYTES_I64: return 8;
    case BYTES_F32: case BYTES_U32: case BYTES_I32: return 4;
    case BYTES_BF16: case BYTES_F16: case BYTES_U16: case BYTES_I16: return 2;
    case BYTES_U8: case BYTES_I8: case BYTES_BOOL: return 1;
    }
    __builtin_unreachable();
}

static inline bool element_is_wide_integer(bytes_element type) { return type == BYTES_U64 || type == BYTES_I64; }

static inline bool element_is_float(bytes_element type) {
    return type == BYTES_F64 || type == BYTES_F32 || type == BYTES_BF16 || type == BYTES_F16;
}

static inline double double_of_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, 8);
    return value;
}

static inline uint64_t bits_of_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return bits;
}

/// IEEE binary16 to double.
static inline double double_of_half(uint16_t half) {
    uint64_t sign = (uint64_t)(half >> 15) << 63;
    uint64_t exponent = half >> 10 & 31;
    uint64_t fraction = half & 1023;
    if (exponent == 0) {
        double magnitude = (double)fraction * 0x1p-24;
        return double_of_bits(bits_of_double(magnitude) | sign);
    }
    uint64_t wide = exponent == 31 ? 2047 : exponent + 1008;
    return double_of_bits(sign | wide << 52 | fraction << 42);
}

/// Double to a 16-bit float with `fraction_bits` bits of fraction, to nearest, ties to even.
static inline uint16_t narrow_to_16(double value, int fraction_bits) {
    int exponent_bits = 15 - fraction_bits;
    int bias = (1 << (exponent_bits - 1)) - 1;
    uint64_t bits = bits_of_double(value);
    uint16_t sign = (uint16_t)(bits >> 63 << 15);
    int exponent = (int)(bits >> 52 & 2047) - 1023;
    uint64_t fraction = bits & 0xFFFFFFFFFFFFFULL;
    uint16_t infinity = (uint16_t)(((1 << exponent_bits) - 1) << fraction_bits);
    if (exponent == 1024) {
        // A NaN keeps the top of its payload and becomes quiet.
        uint16_t payload = (uint16_t)(fraction >> (52 - fraction_bits));
        return fraction ? sign | infinity | (uint16_t)(1 << (fraction_bits - 1)) | payload : sign | infinity;
    }
    if (exponent > bias) return sign | infinity;
    // Below the normal range the last bit stands for a fixed power of two, so more bits go.
    int shift = 52 - fraction_bits + (exponent < 1 - bias ? 1 - bias - exponent : 0);
    if (shift > 53) return sign;
    uint64_t significand = fraction | (exponent == -1023 ? 0 : 1ULL << 52);
    uint64_t kept = significand >> shift;
    uint64_t rest = significand & ((1ULL << shift) - 1);
    uint64_t half = 1ULL << (shift - 1);
    if (rest > half || (rest == half && (kept & 1))) kept += 1;
    // The leading bit of a normal value, and a carry out of rounding, add to the exponent.
    int base = exponent < 1 - bias ? 0 : exponent + bias - 1;
    return (uint16_t)(sign | (uint16_t)(((uint32_t)base << fraction_bits) + kept));
}

/// A 64-bit integer as a double that is rounded to odd when it is not exact: rounding that to 24 bits or fewer gives
/// what rounding the integer would (Boldo and Melquiond, 2008).
static inline double odd_double_of(unsigned __int128 magnitude, bool negative) {
    uint64_t value = (uint64_t)magnitude;
    int surplus = value >> 53 ? 11 - __builtin_clzll(value) : 0;
    uint64_t kept = value >> surplus << surplus;
    if (kept != value) kept |= 1ULL << surplus;
    double result = (double)kept;
    return negative ? -result : result;
}
