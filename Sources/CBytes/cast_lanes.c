// Between f32 and the 16-bit floats, which is what conversions of large files are, with the processor's own
// instructions where it has them: element by element what `cast_block` makes.
#include "lanes.h"

#if defined(__x86_64__)

enum { LANES = 16, RUN = 1 << 16 };

typedef struct tally {
    float largest[LANES];
    uint32_t overflow[LANES], underflow[LANES], inexact[LANES];
} tally;

#define WIDE __attribute__((target("avx2,f16c")))

/// A NaN keeps the top of its payload and becomes quiet.
static inline WIDE uint16_t brain_of_float(uint32_t bits) {
    uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16, quiet = bits >> 16 | 0x40;
    return (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? quiet : rounded);
}

static inline WIDE float float_of_brain(uint16_t element) {
    uint32_t bits = (uint32_t)element << 16;
    float value;
    bits |= (bits & 0x7FFFFFFF) > 0x7F800000 ? 0x00400000 : 0;
    memcpy(&value, &bits, 4);
    return value;
}

/// One value and what became of it, whose difference is exact in f32: both are multiples of the smaller one's last bit.
#define COUNT(x, y)                                                                                                  \
    float gap = fabsf((x) - (y));                                                                                    \
    uint32_t differs = ((x) != (y)) & ((x) == (x)), overflows = gap == INFINITY;                                     \
    float error = overflows ? 0 : gap;                                                                               \
    t.inexact[l] += differs;                                                                                         \
    t.overflow[l] += overflows;                                                                                      \
    t.underflow[l] += differs & ((y) == 0);                                                                          \
    t.largest[l] = error > t.largest[l] ? error : t.largest[l]

static WIDE void narrow_to_half(const char *source, char *target, size_t count, tally *total) {
    tally t = *total;
    for (size_t i = 0; i < count; i += LANES) {
        float was[LANES], is[LANES];
        _Float16 half[LANES];
        memcpy(was, source + 4 * i, sizeof was);
        for (size_t l = 0; l < LANES; l++) half[l] = (_Float16)was[l];
        for (size_t l = 0; l < LANES; l++) is[l] = (float)half[l];
        for (size_t l = 0; l < LANES; l++) {
            COUNT(was[l], is[l]);
        }
        memcpy(target + 2 * i, half, sizeof half);
    }
    *total = t;
}

static WIDE void narrow_to_brain(const char *source, char *target, size_t count, tally *total) {
    tally t = *total;
    for (size_t i = 0; i < count; i += LANES) {
        float was[LANES];
        uint32_t bits[LANES];
        uint16_t brain[LANES];
        memcpy(was, source + 4 * i, sizeof was);
        memcpy(bits, was, sizeof bits);
        for (size_t l = 0; l < LANES; l++) brain[l] = brain_of_float(bits[l]);
        for (size_t l = 0; l < LANES; l++) {
            float is = float_of_brain(brain[l]);
            COUNT(was[l], is);
        }
        memcpy(target + 2 * i, brain, sizeof brain);
    }
    *total = t;
}

static WIDE void widen_half(const char *source, char *target, size_t count) {
    for (size_t i = 0; i < count; i += LANES) {
        _Float16 half[LANES];
        float is[LANES];
        memcpy(half, source + 2 * i, sizeof half);
        for (size_t l = 0; l < LANES; l++) is[l] = (float)half[l];
        memcpy(target + 4 * i, is, sizeof is);
    }
}

static WIDE void widen_brain(const char *source, char *target, size_t count) {
    for (size_t i = 0; i < count; i += LANES) {
        uint16_t brain[LANES];
        float is[LANES];
        memcpy(brain, source + 2 * i, sizeof brain);
        for (size_t l = 0; l < LANES; l++) is[l] = float_of_brain(brain[l]);
        memcpy(target + 4 * i, is, sizeof is);
    }
}

static void add(const tally *t, bytes_cast_report *report) {
    for (size_t l = 0; l < LANES; l++) {
        report->overflow += t->overflow[l];
        report->underflow += t->underflow[l];
        report->inexact += t->inexact[l];
        if (t->largest[l] > report->largest_error) report->largest_error = t->largest[l];
    }
}

size_t cast_lanes(bytes_element from, const void *source, bytes_element to, void *target, size_t count,
                  bytes_cast_report *report) {
    bool widens = to == BYTES_F32 && (from == BYTES_F16 || from == BYTES_BF16);
    bool narrows = from == BYTES_F32 && (to == BYTES_F16 || to == BYTES_BF16);
    if ((!widens && !narrows) || !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("f16c")) return 0;
    size_t whole = count / LANES * LANES;
    // In runs short enough for counters of 32 bits.
    for (size_t start = 0; start < whole; start += RUN) {
        size_t length = whole - start < RUN ? whole - start : RUN;
        const char *place = (const char *)source + start * element_size(from);
        char *into = (char *)target + start * element_size(to);
        tally t = {0};
        if (from == BYTES_F16) widen_half(place, into, length);
        if (from == BYTES_BF16) widen_brain(place, into, length);
        if (to == BYTES_F16) narrow_to_half(place, into, length, &t);
        if (to == BYTES_BF16) narrow_to_brain(place, into, length, &t);
        add(&t, report);
    }
    return whole;
}

#else

size_t cast_lanes(bytes_element from, const void *source, bytes_element to, void *target, size_t count,
                  bytes_cast_report *report) {
    (void)from, (void)source, (void)to, (void)target, (void)count, (void)report;
    return 0;
}

#endif
