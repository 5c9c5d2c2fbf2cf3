// What the parts of the child share.
#pragma once
#include "library_names.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The most levels of groups inside each other.
#define MAXIMUM_DEPTH 64
/// The most links of a file.
#define MAXIMUM_LINKS (1 << 20)
/// The most bytes of one text or list of texts.
#define MAXIMUM_TEXT (16 << 20)
/// Memory beyond what the file's size justifies.
#define SPARE_MEMORY ((uint64_t)64 << 20)
/// How much more than its stored bytes a dataset may hold: what deflate reaches at most, rounded up.
#define MAXIMUM_RATIO 1040

// Messages (message.c)

void put_byte(uint8_t value);
void put_number(uint64_t value);
void put_bytes(const void *bytes, size_t count);
void put_text(const char *text);
void flush_output(void);
/// Ends the table, which is the first answer: a part of no bytes says so.
void end_table(void);
/// Writes bytes as they are, after what was put before.
void write_output(const void *bytes, size_t count);
/// Reads exactly `count` bytes of standard input; false at its end.
bool read_input(void *bytes, size_t count);
/// The innermost message of the library's last error, in memory of its own until the next call.
const char *library_message(void);
/// Ends the answer: the file is refused, for the fault called `identifier`.
_Noreturn void refuse(const char *identifier, const char *path, const char *detail);

// Confinement (confine.c)

/// No more system calls than reading, writing and memory need; limits on memory and time.
void confine(uint64_t file_size);
/// Allows `bytes` more memory than at the start, and time to work through `work` bytes.
void allow(uint64_t bytes, uint64_t work);

// The file (windows.c)

/// Takes the windows as the arguments give them; false when they are not right.
bool set_windows(int count, char **arguments);
uint64_t windows_size(void);
/// Access to the windows, or to descriptor 3 for writing.
hid_t file_access(void);

// Types (elements.c)

typedef struct {
    /// The name of the dtype; `V2` for two bytes without a type; NULL for what cannot be read.
    const char *dtype;
    size_t size;
    /// Bytes that change places in big-endian files; 0 or 1 when nothing does.
    size_t swap;
} element_type;

element_type classify(hid_t type);
/// What the type is, for people; in memory of its own until the next call.
const char *describe_type(hid_t type);
/// The type in the file of a dtype; negative when there is none.
hid_t file_type(const char *dtype);

// Verbs

/// The strings of a dataset or attribute, each as its length in four bytes and its bytes.
typedef struct {
    uint8_t *bytes;
    size_t size;
} string_list;

typedef herr_t (*element_reader)(hid_t object, hid_t type, void *elements);

/// Loads `count` strings of `type`, in memory for the caller to free; NULL bytes when that is not possible.
string_list load_strings(hid_t object, hid_t type, uint64_t count, element_reader read);
/// The number of elements of a shape; UINT64_MAX when it does not fit.
uint64_t element_count(int rank, const hsize_t *dimensions);
/// Puts every attribute of `object` that is text or numbers.
void put_attributes(hid_t object, const char *path);
/// Describes the whole file and answers what is asked of it.
int run_read(void);
/// Adds a dataset to those that may be asked for.
void remember_dataset(haddr_t address);
/// Sends the elements of the dataset at `number`.
void answer(hid_t file, uint32_t number);
/// Makes a file.
int run_write(void);
