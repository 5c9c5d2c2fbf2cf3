#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

// zlib counts in 32 bits: longer buffers are handed over in pieces.
#define ZLIB_PIECE ((size_t)1 << 30)

/// Whether `source` is one raw deflate stream (RFC 1951), to its last byte, that fills `target` exactly.
static inline int zlib_inflate_exactly(const void *source, size_t source_count, void *target, size_t target_count) {
    const unsigned char *input = source;
    unsigned char *output = target;
    size_t expected = target_count;
    // One byte to spare, so that a stream which goes on is told from one which has yet to say that it ends.
    unsigned char spare;
    int spared = 0;
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, -15) != Z_OK) return 0;
    int status = Z_OK;
    while (status == Z_OK) {
        if (stream.avail_in == 0) {
            size_t piece = source_count < ZLIB_PIECE ? source_count : ZLIB_PIECE;
            stream.next_in = (unsigned char *)(uintptr_t)input;
            stream.avail_in = (uInt)piece;
            input += piece;
            source_count -= piece;
        }
        if (stream.avail_out == 0) {
            size_t piece = target_count < ZLIB_PIECE ? target_count : ZLIB_PIECE;
            if (piece == 0 && spared) break;
            stream.next_out = piece > 0 ? output : &spare;
            stream.avail_out = piece > 0 ? (uInt)piece : 1;
            spared = piece == 0;
            output += piece;
            target_count -= piece;
        }
        status = inflate(&stream, Z_NO_FLUSH);
    }
    int whole = status == Z_STREAM_END && stream.total_out == expected && stream.avail_in == 0 && source_count == 0;
    inflateEnd(&stream);
    return whole;
}

/// Writes the first `target_count` bytes, or fewer when there are no more, of the raw deflate stream that `source` begins
/// with to `target`; says how many.
static inline size_t zlib_inflate_beginning(const void *source, size_t source_count, void *target, size_t target_count) {
    if (source_count > ZLIB_PIECE || target_count > ZLIB_PIECE) return 0;
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, -15) != Z_OK) return 0;
    stream.next_in = (unsigned char *)(uintptr_t)source;
    stream.avail_in = (uInt)source_count;
    stream.next_out = target;
    stream.avail_out = (uInt)target_count;
    inflate(&stream, Z_SYNC_FLUSH);
    size_t count = stream.total_out;
    inflateEnd(&stream);
    return count;
}

/// The CRC-32 of what gave `crc` (0 for nothing) followed by `count` bytes.
static inline uint32_t zlib_crc32(uint32_t crc, const void *bytes, size_t count) {
    return count == 0 ? crc : (uint32_t)crc32_z(crc, bytes, count);
}
