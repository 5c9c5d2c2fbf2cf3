// Written by generate.py: run it after adding, renaming or removing a file.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "ccatalogue.h"

static const unsigned char file_0[] = {
#embed "recipes/sentiment-compact.yaml"
};
static const unsigned char file_1[] = {
#embed "recipes/sentiment.yaml"
};
static const unsigned char file_2[] = {
#embed "samples/sentiment/test.csv"
};
static const unsigned char file_3[] = {
#embed "samples/sentiment/train.csv"
};
static const unsigned char file_4[] = {
#embed "tasks/sentiment.yaml"
};

static const catalogue_file files[] = {
    {"recipes/sentiment-compact.yaml", file_0, sizeof file_0},
    {"recipes/sentiment.yaml", file_1, sizeof file_1},
    {"samples/sentiment/test.csv", file_2, sizeof file_2},
    {"samples/sentiment/train.csv", file_3, sizeof file_3},
    {"tasks/sentiment.yaml", file_4, sizeof file_4},
};

const catalogue_file *catalogue_files(size_t *count) {
    *count = sizeof files / sizeof *files;
    return files;
}
