#include "load.h"

void bytes_histogram(bytes_element type, const void *source, size_t count, double minimum, double maximum, size_t bins,
                     uint64_t *counts) {
    // Halves, so that the span of two doubles does not overflow.
    double least = minimum * 0.5, span = maximum * 0.5 - least;
    for (size_t bin = 0; bin < bins; bin++) counts[bin] = 0;
    for (size_t start = 0; start < count; start += BLOCK) {
        double block[BLOCK];
        size_t length = count - start < BLOCK ? count - start : BLOCK;
        load_block(type, (const char *)source + start * element_size(type), length, block);
        for (size_t i = 0; i < length; i++) {
            if (!isfinite(block[i])) continue;
            double place = span > 0 ? (block[i] * 0.5 - least) / span * (double)bins : 0;
            counts[place < (double)bins ? (size_t)place : bins - 1] += 1;
        }
    }
}
