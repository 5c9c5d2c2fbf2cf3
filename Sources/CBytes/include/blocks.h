// Tensors stored in blocks of 32 elements with a common scale, decoded to f32 (ggml, ggml-quants.c).
#pragma once
#include <stddef.h>

/// `count` blocks of a binary16 scale and 32 signed bytes; no pointer need be aligned.
void bytes_decode_q8_0(const void *source, size_t count, void *target);

/// `count` blocks of a binary16 scale and 16 bytes: the low halves are elements 0 to 15, the high halves 16 to 31, each
/// eight more than its value.
void bytes_decode_q4_0(const void *source, size_t count, void *target);
