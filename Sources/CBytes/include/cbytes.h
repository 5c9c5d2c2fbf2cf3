// Arithmetic on elements at rest: conversions between element types, and statistics.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef enum bytes_element {
    BYTES_F64,
    BYTES_F32,
    BYTES_BF16,
    BYTES_F16,
    BYTES_U64,
    BYTES_I64,
    BYTES_U32,
    BYTES_I32,
    BYTES_U16,
    BYTES_I16,
    BYTES_U8,
    BYTES_I8,
    BYTES_BOOL,
} bytes_element;

typedef struct bytes_cast_report {
    uint64_t overflow;
    uint64_t underflow;
    uint64_t inexact;
    double largest_error;
} bytes_cast_report;

/// Converts `count` elements; neither pointer need be aligned, and the two do not overlap.
void bytes_cast(bytes_element from, const void *source, bytes_element to, void *target, size_t count,
                bytes_cast_report *report);

typedef struct bytes_summary {
    uint64_t nan;
    uint64_t infinite;
    uint64_t zero;
    double minimum;
    double maximum;
    double mean;
    double deviation;
} bytes_summary;

/// Describes `count` elements; the pointer need not be aligned.
void bytes_summarize(bytes_element type, const void *source, size_t count, bytes_summary *summary);

/// out = the sum of weights[i] times parts[i].
void bytes_merge_linear(float *out, const float *const *parts, const double *weights, size_t part_count, size_t count);

/// out = the point at `place` (0: a, 1: b) of the arc between two tensors taken as vectors (Shoemake, 1985).
void bytes_merge_slerp(float *out, const float *a, const float *b, double place, size_t count);

/// TIES (Yadav, Tam, Choshen, Raffel and Bansal, arXiv:2306.01708) tensor by tensor: of each part's change from `base`
/// the largest `density` is kept, the sign is elected by weight, and those that agree are averaged and scaled.
void bytes_merge_ties(float *out, const float *base, const float *const *parts, const double *weights,
                      size_t part_count, double density, double scale, size_t count);

/// Rearranges the axes of a packed array of `rank` axes, at most 63 of them larger than one: axis i of the target is axis
/// `axes[i]` of the source, whose sizes are `shape`. `width` is the bytes of an element: 1, 2, 4 or 8. Neither pointer
/// need be aligned, and the two do not overlap.
void bytes_permute(const void *source, void *target, size_t rank, const size_t *shape, const size_t *axes,
                   size_t width);

/// What differs between two runs of elements, as sums in double precision; pairs with a value that is not finite count
/// in `differing` and `unordered` alone, unless both are the same infinity or both NaN.
typedef struct bytes_difference {
    uint64_t differing;
    uint64_t unordered;
    double largest;
    double squares;
    double left_squares;
    double right_squares;
    double product;
} bytes_difference;

/// Compares `count` elements; the sums are taken in an order fixed by `count` alone, and neither pointer need be aligned.
void bytes_compare(bytes_element left, const void *first, bytes_element right, const void *second, size_t count,
                   bytes_difference *difference);

/// Counts the finite elements, all of them in that range, in `bins` equal parts of minimum to maximum, the last one closed.
void bytes_histogram(bytes_element type, const void *source, size_t count, double minimum, double maximum, size_t bins,
                     uint64_t *counts);
/// A new file in memory, empty and without a name, that no other program inherits; -1 and errno when there can be none.
int bytes_memory_file(void);
