#ifndef CCATALOGUE_H
#define CCATALOGUE_H
#include <stddef.h>

/// One file of the catalogue, as it was when the program was built.
typedef struct {
    const char *_Nonnull path;
    const unsigned char *_Nonnull bytes;
    size_t count;
} catalogue_file;

/// All files, sorted by path.
const catalogue_file *_Nonnull catalogue_files(size_t *_Nonnull count);

#endif
