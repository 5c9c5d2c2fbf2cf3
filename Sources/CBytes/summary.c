#include "load.h"

/// Calls `body` with each finite value.
#define EACH_FINITE(body)                                                                                            \
    for (size_t start = 0; start < count; start += BLOCK) {                                                          \
        double block[BLOCK];                                                                                         \
        size_t length = count - start < BLOCK ? count - start : BLOCK;                                               \
        load_block(type, (const char *)source + start * element_size(type), length, block);                          \
        for (size_t i = 0; i < length; i++) {                                                                        \
            double value = block[i];                                                                                 \
            body                                                                                                     \
        }                                                                                                            \
    }

void bytes_summarize(bytes_element type, const void *source, size_t count, bytes_summary *summary) {
    uint64_t nan = 0, infinite = 0, zero = 0, finite = 0;
    double minimum = INFINITY, maximum = -INFINITY, sum = 0, squares = 0;
    EACH_FINITE({
        if (value != value) {
            nan += 1;
        } else if (isinf(value)) {
            infinite += 1;
        } else {
            finite += 1;
            zero += value == 0;
            if (value < minimum) minimum = value;
            if (value > maximum) maximum = value;
            sum += value;
        }
    })
    double mean = sum / (double)finite;
    EACH_FINITE({
        if (isfinite(value)) squares += (value - mean) * (value - mean);
    })
    *summary = (bytes_summary){
        .nan = nan,
        .infinite = infinite,
        .zero = zero,
        .minimum = finite ? minimum : NAN,
        .maximum = finite ? maximum : NAN,
        .mean = finite ? mean : NAN,
        .deviation = finite ? sqrt(squares / (double)finite) : NAN,
    };
}
