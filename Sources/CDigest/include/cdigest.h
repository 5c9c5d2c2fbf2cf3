#pragma once
#include <stddef.h>
#include <stdint.h>

// SHA-256 (FIPS 180-4) of many messages at once: sixteen messages side by side, one in each lane of a vector.
// A processor without SHA instructions does several times as many bytes a second so as one message after the other.

// Whether this processor gains by it: AVX2 or AVX-512, and no SHA instructions.
int cd_sha256_gains(void);

// The digests of `count` messages, 32 bytes each, one after the other in `digests`.
// Takes them in order, so the longest should come first. Must only be called where `cd_sha256_gains`.
void cd_sha256_many(const uint8_t *const *messages, const size_t *sizes, size_t count, uint8_t *digests);
