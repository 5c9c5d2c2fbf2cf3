#include "cdigest.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

typedef uint32_t words __attribute__((ext_vector_type(16)));

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static const uint32_t start[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

#pragma clang diagnostic ignored "-Wpsabi"

#define NAME(name) name##_avx512
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl"))), apply_to = function)
#include "sha256.inc"
#pragma clang attribute pop
#undef NAME

#define NAME(name) name##_avx2
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#include "sha256.inc"
#pragma clang attribute pop
#undef NAME

// A message on its way through a lane: whole blocks from where it lies, then one or two blocks of what is left and padding.
typedef struct {
    const uint8_t *next;
    size_t blocks;
    const uint8_t *rest;
    size_t restSize;
    size_t size;
    size_t message;
    int isAtEnd;
    uint8_t end[128];
} lane;

static void begin(lane *lane, const uint8_t *bytes, size_t size, size_t message) {
    lane->next = bytes;
    lane->blocks = size / 64;
    lane->rest = bytes + size / 64 * 64;
    lane->restSize = size % 64;
    lane->size = size;
    lane->message = message;
    lane->isAtEnd = 0;
}

// Goes on to the padding where the whole blocks are done; whether there is anything to do.
static int refill(lane *lane) {
    if (lane->blocks) return 1;
    if (lane->isAtEnd) return 0;
    size_t count = lane->restSize < 56 ? 1 : 2;
    memset(lane->end, 0, sizeof lane->end);
    if (lane->restSize) memcpy(lane->end, lane->rest, lane->restSize);
    lane->end[lane->restSize] = 0x80;
    uint64_t bits = (uint64_t)lane->size * 8;
    for (size_t i = 0; i < 8; i++) lane->end[count * 64 - 1 - i] = (uint8_t)(bits >> 8 * i);
    lane->next = lane->end;
    lane->blocks = count;
    lane->isAtEnd = 1;
    return 1;
}

void cd_sha256_many(const uint8_t *const *messages, const size_t *sizes, size_t count, uint8_t *digests) {
    static const uint8_t nothing[64];
    int isWide = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    lane lanes[16];
    int isBusy[16] = {0};
    uint32_t state[8][16] __attribute__((aligned(64)));
    size_t taken = 0;
    for (;;) {
        // The lanes go on together as far as the one with the fewest blocks.
        size_t run = SIZE_MAX;
        for (int l = 0; l < 16; l++) {
            while (!isBusy[l] || !refill(&lanes[l])) {
                if (isBusy[l]) {
                    uint8_t *digest = digests + 32 * lanes[l].message;
                    for (size_t i = 0; i < 32; i++) digest[i] = (uint8_t)(state[i / 4][l] >> (24 - 8 * (i % 4)));
                    isBusy[l] = 0;
                }
                if (taken == count) break;
                begin(&lanes[l], messages[taken], sizes[taken], taken);
                for (int i = 0; i < 8; i++) state[i][l] = start[i];
                taken++;
                isBusy[l] = 1;
            }
            if (isBusy[l] && lanes[l].blocks < run) run = lanes[l].blocks;
        }
        if (run == SIZE_MAX) return;
        words columns[8];
        memcpy(columns, state, sizeof columns);
        for (size_t done = 0; done < run; done++) {
            const uint8_t *block[16];
            for (int l = 0; l < 16; l++) block[l] = isBusy[l] ? lanes[l].next + 64 * done : nothing;
            if (isWide) {
                compress_avx512(columns, block);
            } else {
                compress_avx2(columns, block);
            }
        }
        memcpy(state, columns, sizeof columns);
        for (int l = 0; l < 16; l++) {
            if (!isBusy[l]) continue;
            lanes[l].next += 64 * run;
            lanes[l].blocks -= run;
        }
    }
}

int cd_sha256_gains(void) {
    unsigned eax, ebx, ecx, edx;
    if (!__builtin_cpu_supports("avx2") || !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return 0;
    return !(ebx & 1u << 29);
}

#else

int cd_sha256_gains(void) { return 0; }

void cd_sha256_many(const uint8_t *const *messages, const size_t *sizes, size_t count, uint8_t *digests) {
    (void)messages, (void)sizes, (void)count, (void)digests;
    __builtin_trap();
}

#endif
