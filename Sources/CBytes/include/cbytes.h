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

/// A new file in memory, empty and without a name, that no other program inherits; -1 and errno when there can be none.
int bytes_memory_file(void);
