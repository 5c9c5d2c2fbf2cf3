#include "CKernels.h"
#include "functions.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <stdatomic.h>
#include <string.h>

// The vectors never cross a function boundary that the compiler does not inline.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float f16v __attribute__((ext_vector_type(16)));
typedef int32_t i16v __attribute__((ext_vector_type(16)));
typedef uint16_t h16v __attribute__((ext_vector_type(16)));
typedef uint16_t h32v __attribute__((ext_vector_type(32)));
typedef uint32_t u16v __attribute__((ext_vector_type(16)));
#define CK_INLINE static inline __attribute__((always_inline))

#if __has_feature(thread_sanitizer)
// The compiler tells ThreadSanitizer of no access wider than 16 bytes: what the kernels copy is told here.
void __tsan_read_range(void *start, size_t count);
void __tsan_write_range(void *start, size_t count);
#define memcpy(to, from, count) \
    (__tsan_read_range((void *)(from), count), __tsan_write_range((void *)(to), count), memcpy(to, from, count))
#endif

#define CK_JOIN2(a, b) a##_##b
#define CK_JOIN(a, b) CK_JOIN2(a, b)
#define CK_NAME(f) CK_JOIN(f, CK_SUFFIX)

// What a product needs after a block: the next block's place in C, and the rows of A after this group, of which each panel asks
// for a share. Asked for all at once they would keep the block itself waiting, so it asks for a line at a time.
typedef struct {
    const float *sums;
    size_t ldc;
    const float *rows;
    size_t row_step;
    int row_count;  // 2 or 4 rows; otherwise none
} ck_next;

// Rows and vectors of the products' register block: as many sums as the registers hold.
// CK_BLOCK is that of attention, CK_TILE that of a linear layer, whose panels are CK_PANEL columns wide.
// CK_BF16 says whether there are instructions for bfloat16.
#define CK_BF16 0
#define CK_SUFFIX baseline
#define CK_BLOCK_ROWS 4
#define CK_BLOCK_VECTORS 1
#define CK_TILE_ROWS 4
#define CK_TILE_VECTORS 1
#include "body.inc"
#undef CK_SUFFIX

#define CK_SUFFIX avx2
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "body.inc"
#pragma clang attribute pop
#undef CK_SUFFIX
#undef CK_BLOCK_ROWS
#undef CK_BLOCK_VECTORS
#undef CK_TILE_ROWS
#undef CK_TILE_VECTORS

#define CK_SUFFIX avx512
#define CK_BLOCK_ROWS 8
#define CK_BLOCK_VECTORS 2
#define CK_TILE_ROWS 8
#define CK_TILE_VECTORS 3
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), \
                             apply_to = function)
#include "body.inc"
#pragma clang attribute pop
#undef CK_SUFFIX

#undef CK_BF16
#define CK_BF16 1
#define CK_SUFFIX avx512bf16
#pragma clang attribute push(__attribute__((target("avx512bf16,avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), \
                             apply_to = function)
#include "body.inc"
#pragma clang attribute pop
#undef CK_SUFFIX

#define CK_MEMBER(result, name, parameters, arguments) result(*name) parameters;
typedef struct {
    CK_FUNCTIONS(CK_MEMBER)
} ck_table;

#define CK_ENTRY(result, name, parameters, arguments) .name = CK_NAME(k_##name),
static const ck_table tables[] = {
#define CK_SUFFIX baseline
    {CK_FUNCTIONS(CK_ENTRY)},
#undef CK_SUFFIX
#define CK_SUFFIX avx2
    {CK_FUNCTIONS(CK_ENTRY)},
#undef CK_SUFFIX
#define CK_SUFFIX avx512
    {CK_FUNCTIONS(CK_ENTRY)},
#undef CK_SUFFIX
#define CK_SUFFIX avx512bf16
    {CK_FUNCTIONS(CK_ENTRY)},
#undef CK_SUFFIX
};

static atomic_int chosen = -1;

ck_isa ck_best_isa(void) {
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return CK_ISA_BASELINE;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq"))
        return CK_ISA_AVX2;
    return __builtin_cpu_supports("avx512bf16") ? CK_ISA_AVX512_BF16 : CK_ISA_AVX512;
}

ck_isa ck_use_isa(ck_isa isa) {
    ck_isa best = ck_best_isa();
    if (isa > best) isa = best;
    atomic_store_explicit(&chosen, (int)isa, memory_order_relaxed);
    return isa;
}

ck_isa ck_current_isa(void) {
    int isa = atomic_load_explicit(&chosen, memory_order_relaxed);
    return isa < 0 ? ck_use_isa(CK_ISA_AVX512_BF16) : (ck_isa)isa;
}

#define CK_DISPATCH(result, name, parameters, arguments) \
    result ck_##name parameters { return tables[ck_current_isa()].name arguments; }
CK_FUNCTIONS(CK_DISPATCH)

size_t ck_attention_scratch(size_t length, size_t size) {
    size_t wide = (length + 15) / 16 * 16, deep = (size + 15) / 16 * 16;
    // Two blocks of scores and a row; k, v and their transposes; the current block's q and dout; dk.
    return (2 * CK_QUERY_BLOCK + 1) * wide + 5 * wide * deep + 2 * CK_QUERY_BLOCK * deep;
}

size_t ck_first_attention_scratch(size_t length, size_t width, size_t heads) {
    size_t deep = (width + 15) / 16 * 16, lanes = (heads + 15) / 16 * 16;
    // The states and their gradient; what is asked or dmixed, turned; probabilities and their gradient; two of [heads, width].
    return 2 * length * deep + deep * lanes + 2 * length * lanes + 2 * heads * deep;
}

uint64_t ck_checksum(uint64_t seed, const void *bytes, size_t n) {
    uint64_t lanes[8];
    for (uint64_t i = 0; i < 8; i++) lanes[i] = ck_mix(seed, i);
    const char *p = bytes;
    size_t left = n;
    for (; left >= 64; left -= 64, p += 64) {
        uint64_t words[8];
        memcpy(words, p, 64);
        for (int i = 0; i < 8; i++) {
            uint64_t x = (lanes[i] ^ words[i]) * 0x9E3779B97F4A7C15u;
            lanes[i] = x ^ (x >> 29);
        }
    }
    uint64_t words[8] = {0};
    memcpy(words, p, left);
    uint64_t sum = n;
    for (int i = 0; i < 8; i++) sum = ck_mix(sum, lanes[i] ^ words[i]);
    return sum;
}

void ck_widen_bf16(float *y, const uint16_t *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)x[i] << 16;
        memcpy(y + i, &bits, 4);
    }
}

void ck_widen_f16(float *y, const uint16_t *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        // The exponent's bias differs by 112; the product is exact and also right for subnormal numbers.
        uint32_t magnitude = (uint32_t)(x[i] & 0x7fff) << 13;
        float value;
        memcpy(&value, &magnitude, 4);
        value *= 0x1p112f;
        uint32_t bits;
        memcpy(&bits, &value, 4);
        if ((x[i] & 0x7c00) == 0x7c00) bits |= 0x7f800000u;
        bits |= (uint32_t)(x[i] & 0x8000) << 16;
        memcpy(y + i, &bits, 4);
    }
}
