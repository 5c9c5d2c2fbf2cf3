// Merging of float32 tensors, element by element; sums in double precision and in the order of the parts.
#include "cbytes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Elements worked on at a time, so that the sums stay in the cache.
enum { block = 1024 };

void bytes_merge_linear(float *out, const float *const *parts, const double *weights, size_t part_count, size_t count) {
    for (size_t start = 0; start < count; start += block) {
        size_t length = count - start < block ? count - start : block;
        double sums[block];
        // The first is not added to zero, so that the sign of a zero stays.
        for (size_t i = 0; i < length; i++) sums[i] = weights[0] * (double)parts[0][start + i];
        for (size_t part = 1; part < part_count; part++) {
            const float *x = parts[part] + start;
            double weight = weights[part];
            for (size_t i = 0; i < length; i++) sums[i] += weight * (double)x[i];
        }
        for (size_t i = 0; i < length; i++) out[start + i] = (float)sums[i];
    }
}

// Eight sums, added in a fixed order.
static double dot(const float *a, const float *b, size_t count) {
    double sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (int lane = 0; lane < 8; lane++) sums[lane] += (double)a[i + lane] * (double)b[i + lane];
    for (; i < count; i++) sums[i % 8] += (double)a[i] * (double)b[i];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

void bytes_merge_slerp(float *out, const float *a, const float *b, double place, size_t count) {
    double norms = sqrt(dot(a, a, count)) * sqrt(dot(b, b, count));
    double cosine = norms > 0 ? dot(a, b, count) / norms : 1;
    double first = 1 - place, second = place;
    // Along one line, or almost, the sphere is flat.
    if (fabs(cosine) < 0.9995) {
        double angle = acos(cosine);
        first = sin((1 - place) * angle) / sin(angle);
        second = sin(place * angle) / sin(angle);
    }
    const float *parts[] = {a, b};
    double weights[] = {first, second};
    bytes_merge_linear(out, parts, weights, 2, count);
}

static uint32_t magnitude(float a, float b) {
    float difference = fabsf(a - b);
    uint32_t bits;
    memcpy(&bits, &difference, sizeof bits);
    return bits;
}

// The bits of the `keep`-th largest |x - base|, found digit by digit.
static uint32_t threshold(const float *x, const float *base, size_t count, size_t keep) {
    size_t *places = calloc(1 << 16, sizeof *places);
    if (!places) abort();
    for (size_t i = 0; i < count; i++) places[magnitude(x[i], base[i]) >> 16]++;
    uint32_t high = (1 << 16) - 1;
    for (; places[high] < keep; high--) keep -= places[high];
    memset(places, 0, (1 << 16) * sizeof *places);
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = magnitude(x[i], base[i]);
        if (bits >> 16 == high) places[bits & 0xFFFF]++;
    }
    uint32_t low = (1 << 16) - 1;
    for (; places[low] < keep; low--) keep -= places[low];
    free(places);
    return high << 16 | low;
}

void bytes_merge_ties(float *out, const float *base, const float *const *parts, const double *weights,
                      size_t part_count, double density, double scale, size_t count) {
    if (count == 0) return;
    size_t keep = (size_t)ceil(density * (double)count);
    uint32_t *limits = malloc(part_count * sizeof *limits);
    if (!limits) abort();
    for (size_t part = 0; part < part_count; part++)
        limits[part] = threshold(parts[part], base, count, keep < 1 ? 1 : keep);
    // Block by block, and without branches, which the data would make unpredictable.
    for (size_t start = 0; start < count; start += block) {
        size_t length = count - start < block ? count - start : block;
        const float *origin = base + start;
        double elected[block], sums[block], totals[block];
        for (size_t i = 0; i < length; i++) elected[i] = sums[i] = totals[i] = 0;
        for (size_t part = 0; part < part_count; part++) {
            const float *x = parts[part] + start;
            for (size_t i = 0; i < length; i++) {
                double change = weights[part] * ((double)x[i] - (double)origin[i]);
                elected[i] += magnitude(x[i], origin[i]) >= limits[part] ? change : 0;
            }
        }
        for (size_t part = 0; part < part_count; part++) {
            const float *x = parts[part] + start;
            for (size_t i = 0; i < length; i++) {
                double change = weights[part] * ((double)x[i] - (double)origin[i]);
                int counts = (magnitude(x[i], origin[i]) >= limits[part]) & (change * elected[i] > 0);
                sums[i] += counts ? change : 0;
                totals[i] += counts ? weights[part] : 0;
            }
        }
        for (size_t i = 0; i < length; i++)
            out[start + i] = totals[i] > 0 ? (float)((double)origin[i] + scale * sums[i] / totals[i]) : origin[i];
    }
    free(limits);
}
