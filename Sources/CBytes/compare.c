#include "lanes.h"
#include "load.h"

// Sixteen sums of each kind, element i going to sum i % 16, added up in one order: the compiler may use any width of
// vector and the result is the same.
enum { LANES = 16 };

typedef struct sums {
    double squares[LANES], left[LANES], right[LANES], product[LANES], largest[LANES];
    uint64_t differing[LANES];
} sums;

/// Adds up a whole number of lanes. A value that is not finite makes a sum that is not, which the caller sees.
#define ACCUMULATE(name, type, load)                                                                                 \
    static void accumulate_##name(const char *first, const char *second, size_t count, sums *total) {               \
        sums s = *total;                                                                                             \
        for (size_t i = 0; i < count; i += LANES) {                                                                  \
            type a[LANES], b[LANES];                                                                                 \
            memcpy(a, first + i * sizeof(type), sizeof a);                                                           \
            memcpy(b, second + i * sizeof(type), sizeof b);                                                          \
            for (size_t l = 0; l < LANES; l++) {                                                                     \
                double x = load(a[l]), y = load(b[l]), gap = x - y, size = fabs(gap);                                \
                s.squares[l] += gap * gap;                                                                           \
                s.left[l] += x * x;                                                                                  \
                s.right[l] += y * y;                                                                                 \
                s.product[l] += x * y;                                                                               \
                s.largest[l] = size > s.largest[l] ? size : s.largest[l];                                            \
                s.differing[l] += x != y;                                                                            \
            }                                                                                                        \
        }                                                                                                            \
        *total = s;                                                                                                  \
    }

static inline double load_double(double value) { return value; }
static inline double load_float(float value) { return (double)value; }
static inline double load_brain(uint16_t value) { return load_bf16(value); }

/// IEEE binary16 to double without a branch: the exponent is moved by a product, which is exact.
static inline double load_half(uint16_t half) {
    uint32_t magnitude = (uint32_t)(half & 0x7FFF) << 13;
    magnitude |= (half & 0x7C00) == 0x7C00 ? 0x70000000u : 0;
    uint32_t bits = magnitude;
    float value;
    memcpy(&value, &bits, 4);
    double wide = (double)value * 0x1p112;
    return half & 0x8000 ? -wide : wide;
}

ACCUMULATE(f64, double, load_double)
ACCUMULATE(f32, float, load_float)
ACCUMULATE(bf16, uint16_t, load_brain)
ACCUMULATE(f16, uint16_t, load_half)

/// One pair, whatever it is.
static void accumulate_pair(double x, double y, size_t lane, sums *s, uint64_t *unordered) {
    if (x == y || (x != x && y != y)) {
        if (!isfinite(x)) return;
    } else {
        s->differing[lane] += 1;
    }
    if (!isfinite(x) || !isfinite(y)) {
        *unordered += 1;
        return;
    }
    double gap = x - y, size = fabs(gap);
    s->squares[lane] += gap * gap;
    s->left[lane] += x * x;
    s->right[lane] += y * y;
    s->product[lane] += x * y;
    if (size > s->largest[lane]) s->largest[lane] = size;
}

static void accumulate_pairs(bytes_element left, const char *first, bytes_element right, const char *second,
                             size_t count, sums *s, uint64_t *unordered) {
    for (size_t start = 0; start < count; start += BLOCK) {
        double x[BLOCK], y[BLOCK];
        size_t length = count - start < BLOCK ? count - start : BLOCK;
        load_block(left, first + start * element_size(left), length, x);
        load_block(right, second + start * element_size(right), length, y);
        for (size_t i = 0; i < length; i++) accumulate_pair(x[i], y[i], i % LANES, s, unordered);
    }
}

/// Whether f32 holds every value of a floating-point type, and lanes of it are quick to widen.
static bool fits_f32(bytes_element type) { return type == BYTES_F32 || type == BYTES_F16 || type == BYTES_BF16; }

/// `count` elements as f32: where they are, or in `memory`; NULL when the processor cannot do it quickly.
static const char *as_f32(bytes_element type, const char *elements, size_t count, float *memory) {
    bytes_cast_report exact;
    if (type == BYTES_F32) return elements;
    return cast_lanes(type, elements, BYTES_F32, memory, count, &exact) == count ? (const char *)memory : NULL;
}

/// Whole lanes of two runs of one floating-point type; false when a sum is not finite, and `s` is then as it was.
static bool accumulate_lanes(bytes_element type, const char *first, const char *second, size_t count, sums *s) {
    sums trial = *s;
    switch (type) {
    case BYTES_F64: accumulate_f64(first, second, count, &trial); break;
    case BYTES_F32: accumulate_f32(first, second, count, &trial); break;
    case BYTES_BF16: accumulate_bf16(first, second, count, &trial); break;
    case BYTES_F16: accumulate_f16(first, second, count, &trial); break;
    default: return false;
    }
    // Any value that is not finite leaves its mark in the squares.
    double mark = 0;
    for (size_t l = 0; l < LANES; l++) mark += trial.left[l] + trial.right[l];
    if (!isfinite(mark)) return false;
    *s = trial;
    return true;
}

static double sum_of(const double *lanes) {
    double sum = 0;
    for (size_t l = 0; l < LANES; l++) sum += lanes[l];
    return sum;
}

void bytes_compare(bytes_element left, const void *first, bytes_element right, const void *second, size_t count,
                   bytes_difference *difference) {
    enum { RUN = 32 * BLOCK };
    sums s = {0};
    uint64_t unordered = 0, differing = 0;
    const char *a = first, *b = second;
    for (size_t start = 0; start < count; start += RUN) {
        size_t length = count - start < RUN ? count - start : RUN;
        size_t whole = left == right || (fits_f32(left) && fits_f32(right)) ? length / LANES * LANES : 0;
        const char *x = a + start * element_size(left), *y = b + start * element_size(right);
        if (left == right) {
            if (!accumulate_lanes(left, x, y, whole, &s)) whole = 0;
        } else {
            float wide_left[RUN], wide_right[RUN];
            const char *one = as_f32(left, x, whole, wide_left), *other = as_f32(right, y, whole, wide_right);
            if (!one || !other || !accumulate_lanes(BYTES_F32, one, other, whole, &s)) whole = 0;
        }
        accumulate_pairs(left, x + whole * element_size(left), right, y + whole * element_size(right),
                         length - whole, &s, &unordered);
    }
    double largest = 0;
    for (size_t l = 0; l < LANES; l++) {
        differing += s.differing[l];
        if (s.largest[l] > largest) largest = s.largest[l];
    }
    if (left == right && element_is_wide_integer(left)) {
        // Two of them may differ and round to one double.
        differing = 0;
        for (size_t i = 0; i < count; i++) differing += memcmp(a + i * 8, b + i * 8, 8) != 0;
    }
    *difference = (bytes_difference){
        .differing = differing,
        .unordered = unordered,
        .largest = largest,
        .squares = sum_of(s.squares),
        .left_squares = sum_of(s.left),
        .right_squares = sum_of(s.right),
        .product = sum_of(s.product),
    };
}
