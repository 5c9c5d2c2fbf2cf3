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
