// Output and input of the child.
#include "child.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uint8_t pending[1 << 16];
static size_t pending_count;

static void write_all(const uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) _exit(1);
        bytes += written;
        count -= (size_t)written;
    }
}

/// A table is told in parts, each with its length in four bytes before it.
static bool is_table = true;

static void write_part(const void *bytes, size_t count) {
    if (is_table) {
        uint8_t length[4];
        for (int i = 0; i < 4; i++) length[i] = (uint8_t)(count >> (8 * i));
        write_all(length, sizeof length);
    }
    write_all(bytes, count);
}

void flush_output(void) {
    if (pending_count > 0) write_part(pending, pending_count);
    pending_count = 0;
}

void end_table(void) {
    flush_output();
    write_part("", 0);
    is_table = false;
}

void write_output(const void *bytes, size_t count) {
    flush_output();
    write_all(bytes, count);
}

static void put(const void *bytes, size_t count) {
    if (count > sizeof pending - pending_count) flush_output();
    if (count > sizeof pending) {
        write_part(bytes, count);
    } else if (count > 0) {
        memcpy(pending + pending_count, bytes, count);
        pending_count += count;
    }
}

static void put_little_endian(uint64_t value, size_t count) {
    uint8_t bytes[8];
    for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)(value >> (8 * i));
    put(bytes, count);
}

void put_byte(uint8_t value) { put(&value, 1); }

void put_number(uint64_t value) { put_little_endian(value, 8); }

void put_bytes(const void *bytes, size_t count) {
    put_little_endian(count, 4);
    put(bytes, count);
}

void put_text(const char *text) { put_bytes(text, strlen(text)); }

bool read_input(void *bytes, size_t count) {
    uint8_t *place = bytes;
    while (count > 0) {
        ssize_t got = read(STDIN_FILENO, place, count);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        place += got;
        count -= (size_t)got;
    }
    return true;
}

static char library_text[512];

static herr_t keep_first(unsigned number, const H5E_error2_t *error, void *unused) {
    (void)unused;
    if (number == 0) snprintf(library_text, sizeof library_text, "%s: %s", error->func_name, error->desc);
    return 0;
}

const char *library_message(void) {
    snprintf(library_text, sizeof library_text, "no reason given");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, NULL);
    return library_text;
}

void refuse(const char *identifier, const char *path, const char *detail) {
    put_byte('X');
    put_text(identifier);
    put_text(path);
    put_text(detail);
    end_table();
    _exit(0);
}
