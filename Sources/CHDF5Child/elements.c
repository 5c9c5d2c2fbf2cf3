// Element types: HDF5's, and the names that safetensors gives them.
#include "child.h"
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *dtype;
    size_t size, sign, exponent, exponent_size, mantissa, mantissa_size, bias;
} float_layout;

static const float_layout float_layouts[] = {
    {"F16", 2, 15, 10, 5, 0, 10, 15},
    {"BF16", 2, 15, 7, 8, 0, 7, 127},
    {"F32", 4, 31, 23, 8, 0, 23, 127},
    {"F64", 8, 63, 52, 11, 0, 52, 1023},
};

static const char *float_name(hid_t type, size_t size) {
    size_t sign, exponent, exponent_size, mantissa, mantissa_size;
    if (H5Tget_fields(type, &sign, &exponent, &exponent_size, &mantissa, &mantissa_size) < 0) return NULL;
    if (H5Tget_norm(type) != H5T_NORM_IMPLIED) return NULL;
    size_t bias = H5Tget_ebias(type);
    for (size_t i = 0; i < sizeof float_layouts / sizeof float_layouts[0]; i++) {
        const float_layout *is = &float_layouts[i];
        if (is->size == size && is->sign == sign && is->exponent == exponent && is->exponent_size == exponent_size &&
            is->mantissa == mantissa && is->mantissa_size == mantissa_size && is->bias == bias)
            return is->dtype;
    }
    return NULL;
}

static const char *integer_name(hid_t type, size_t size) {
    static const char *const names[2][4] = {{"U8", "U16", "U32", "U64"}, {"I8", "I16", "I32", "I64"}};
    H5T_sign_t sign = H5Tget_sign(type);
    if (sign != H5T_SGN_NONE && sign != H5T_SGN_2) return NULL;
    for (int i = 0; i < 4; i++) {
        if (size == (size_t)1 << i) return names[sign == H5T_SGN_2][i];
    }
    return NULL;
}

/// Whether an enumeration of one byte says FALSE = 0 and TRUE = 1.
static bool is_bool(hid_t type) {
    uint8_t no = 2, yes = 2;
    if (H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return false;
    return H5Tenum_valueof(type, "FALSE", &no) >= 0 && H5Tenum_valueof(type, "TRUE", &yes) >= 0 && no == 0 && yes == 1;
}

static bool fills_its_bytes(hid_t type, size_t size) {
    return H5Tget_precision(type) == 8 * size && H5Tget_offset(type) == 0;
}

/// Whether a structure is a complex number of two 32-bit floats, as h5py writes it.
static bool is_complex(hid_t type, size_t *swap) {
    if (H5Tget_size(type) != 8 || H5Tget_nmembers(type) != 2) return false;
    for (unsigned i = 0; i < 2; i++) {
        char *name = H5Tget_member_name(type, i);
        bool is_right = name && strcmp(name, i == 0 ? "r" : "i") == 0 && H5Tget_member_offset(type, i) == 4 * i;
        H5free_memory(name);
        hid_t member = is_right ? H5Tget_member_type(type, i) : -1;
        element_type part = member >= 0 ? classify(member) : (element_type){0};
        if (member >= 0) H5Tclose(member);
        if (!part.dtype || strcmp(part.dtype, "F32") != 0) return false;
        *swap = part.swap;
    }
    return true;
}

element_type classify(hid_t type) {
    element_type result = {.dtype = NULL, .size = H5Tget_size(type), .swap = 0};
    size_t size = result.size;
    switch (H5Tget_class(type)) {
    case H5T_FLOAT: result.dtype = fills_its_bytes(type, size) ? float_name(type, size) : NULL; break;
    case H5T_INTEGER: result.dtype = fills_its_bytes(type, size) ? integer_name(type, size) : NULL; break;
    case H5T_ENUM: {
        hid_t base = H5Tget_super(type);
        if (base < 0) return result;
        result = classify(base);
        H5Tclose(base);
        if (is_bool(type)) result.dtype = "BOOL";
        return result;
    }
    case H5T_OPAQUE: result.dtype = size == 2 ? "V2" : NULL; return result;
    case H5T_COMPOUND: result.dtype = is_complex(type, &result.swap) ? "C64" : NULL; return result;
    default: return result;
    }
    H5T_order_t order = H5Tget_order(type);
    if (order == H5T_ORDER_BE) result.swap = size;
    else if (order != H5T_ORDER_LE) result.dtype = NULL;
    return result;
}

const char *describe_type(hid_t type) {
    static char text[64];
    size_t size = H5Tget_size(type);
    const char *what = "a type of another kind";
    switch (H5Tget_class(type)) {
    case H5T_FLOAT: what = "floating point"; break;
    case H5T_INTEGER: what = "integer"; break;
    case H5T_STRING: what = "strings"; break;
    case H5T_BITFIELD: what = "bit field"; break;
    case H5T_OPAQUE: what = "opaque"; break;
    case H5T_COMPOUND: what = "compound"; break;
    case H5T_REFERENCE: what = "references"; break;
    case H5T_ENUM: what = "enumeration"; break;
    case H5T_VLEN: what = "lists of varying length"; break;
    case H5T_ARRAY: what = "arrays"; break;
    default: break;
    }
    snprintf(text, sizeof text, "%s, %zu bytes", what, size);
    return text;
}

static hid_t bool_type(void) {
    hid_t type = H5Tenum_create(H5T_STD_I8LE);
    int8_t no = 0, yes = 1;
    if (type < 0 || H5Tenum_insert(type, "FALSE", &no) < 0 || H5Tenum_insert(type, "TRUE", &yes) < 0) return -1;
    return type;
}

static hid_t complex_type(void) {
    hid_t type = H5Tcreate(H5T_COMPOUND, 8);
    if (type < 0 || H5Tinsert(type, "r", 0, H5T_IEEE_F32LE) < 0 || H5Tinsert(type, "i", 4, H5T_IEEE_F32LE) < 0)
        return -1;
    return type;
}

static hid_t half_type(void) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    if (type < 0 || H5Tset_fields(type, 15, 10, 5, 0, 10) < 0 || H5Tset_size(type, 2) < 0 ||
        H5Tset_ebias(type, 15) < 0)
        return -1;
    return type;
}

hid_t file_type(const char *dtype) {
    if (strcmp(dtype, "F64") == 0) return H5Tcopy(H5T_IEEE_F64LE);
    if (strcmp(dtype, "F32") == 0) return H5Tcopy(H5T_IEEE_F32LE);
    if (strcmp(dtype, "F16") == 0) return half_type();
    if (strcmp(dtype, "BF16") == 0) return H5Tcreate(H5T_OPAQUE, 2);
    if (strcmp(dtype, "C64") == 0) return complex_type();
    if (strcmp(dtype, "BOOL") == 0) return bool_type();
    if (strcmp(dtype, "I8") == 0) return H5Tcopy(H5T_STD_I8LE);
    if (strcmp(dtype, "I16") == 0) return H5Tcopy(H5T_STD_I16LE);
    if (strcmp(dtype, "I32") == 0) return H5Tcopy(H5T_STD_I32LE);
    if (strcmp(dtype, "I64") == 0) return H5Tcopy(H5T_STD_I64LE);
    if (strcmp(dtype, "U8") == 0) return H5Tcopy(H5T_STD_U8LE);
    if (strcmp(dtype, "U16") == 0) return H5Tcopy(H5T_STD_U16LE);
    if (strcmp(dtype, "U32") == 0) return H5Tcopy(H5T_STD_U32LE);
    if (strcmp(dtype, "U64") == 0) return H5Tcopy(H5T_STD_U64LE);
    return -1;
}
