// Written by generate.py: run it after adding, renaming or removing a file.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "ccatalogue.h"

static const unsigned char file_0[] = {
#embed "keymaps/bert.json"
};
static const unsigned char file_1[] = {
#embed "keymaps/resnet.json"
};
static const unsigned char file_2[] = {
#embed "recipes/sentiment-compact.yaml"
};
static const unsigned char file_3[] = {
#embed "recipes/sentiment.yaml"
};
static const unsigned char file_4[] = {
#embed "samples/sentiment/test.csv"
};
static const unsigned char file_5[] = {
#embed "samples/sentiment/train.csv"
};
static const unsigned char file_6[] = {
#embed "tasks/sentiment.yaml"
};

static const catalogue_file files[] = {
    {"keymaps/bert.json", file_0, sizeof file_0},
    {"keymaps/resnet.json", file_1, sizeof file_1},
    {"recipes/sentiment-compact.yaml", file_2, sizeof file_2},
    {"recipes/sentiment.yaml", file_3, sizeof file_3},
    {"samples/sentiment/test.csv", file_4, sizeof file_4},
    {"samples/sentiment/train.csv", file_5, sizeof file_5},
    {"tasks/sentiment.yaml", file_6, sizeof file_6},
};

const catalogue_file *catalogue_files(size_t *count) {
    *count = sizeof files / sizeof *files;
    return files;
}
