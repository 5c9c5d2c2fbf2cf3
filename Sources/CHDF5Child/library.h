// libhdf5, loaded when the child starts: linking it would make every command load it, and some thirty libraries that
// it is linked with, which takes longer than most commands.
#pragma once
// Later versions of the library keep the names of 1.10 when asked to.
#define H5_USE_110_API 1
// Debian keeps the serial library's headers in a folder of their own.
#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>
#if H5_VERSION_GE(1, 13, 0)
#include <hdf5/serial/H5FDdevelop.h>
#endif
#else
#include <hdf5.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif
#endif
#include <stdbool.h>

/// The functions and identifiers that the child uses.
#define HDF5_SYMBOLS(X) \
    HDF5_ITERATE(X) \
    X(H5Aclose) X(H5Acreate2) X(H5Aget_space) X(H5Aget_type) X(H5Aiterate2) X(H5Aopen) X(H5Aread) X(H5Awrite) \
    X(H5Dclose) X(H5Dcreate2) X(H5Dget_create_plist) X(H5Dget_offset) X(H5Dget_space) X(H5Dget_storage_size) \
    X(H5Dget_type) X(H5Dread) X(H5Dvlen_reclaim) X(H5Eset_auto2) X(H5Ewalk2) X(H5FDregister) X(H5Fclose) \
    X(H5Fcreate) X(H5Fopen) X(H5Gclose) X(H5Gcreate2) X(H5Gopen2) X(H5Iget_type) X(H5Oclose) X(H5Oget_info2) \
    X(H5Oopen) X(H5Oopen_by_addr) X(H5PLset_loading_state) X(H5Pclose) X(H5Pcreate) X(H5Pget_chunk) \
    X(H5Pget_external_count) X(H5Pget_filter2) X(H5Pget_layout) X(H5Pget_nfilters) X(H5Pget_virtual_count) \
    X(H5Pget_virtual_filename) X(H5Pset_alignment) X(H5Pset_alloc_time) X(H5Pset_char_encoding) \
    X(H5Pset_create_intermediate_group) X(H5Pset_driver) X(H5Pset_fill_time) X(H5Pset_layout) \
    X(H5Pset_libver_bounds) X(H5Pset_obj_track_times) X(H5Sclose) X(H5Screate) X(H5Screate_simple) \
    X(H5Sget_simple_extent_dims) X(H5Sget_simple_extent_type) X(H5Sselect_hyperslab) X(H5Tclose) X(H5Tcopy) \
    X(H5Tcreate) X(H5Tenum_create) X(H5Tenum_insert) X(H5Tenum_valueof) X(H5Tget_class) X(H5Tget_ebias) \
    X(H5Tget_fields) X(H5Tget_member_name) X(H5Tget_member_offset) X(H5Tget_member_type) X(H5Tget_nmembers) \
    X(H5Tget_norm) X(H5Tget_offset) X(H5Tget_order) X(H5Tget_precision) X(H5Tget_sign) X(H5Tget_size) \
    X(H5Tget_strpad) X(H5Tget_super) X(H5Tinsert) X(H5Tis_variable_str) X(H5Tset_cset) X(H5Tset_ebias) \
    X(H5Tset_fields) X(H5Tset_size) X(H5Tset_strpad) X(H5Zfilter_avail) X(H5check_version) X(H5dont_atexit) \
    X(H5free_memory) X(H5open) X(H5P_CLS_DATASET_CREATE_ID_g) X(H5P_CLS_FILE_ACCESS_ID_g) \
    X(H5P_CLS_FILE_CREATE_ID_g) X(H5P_CLS_GROUP_CREATE_ID_g) X(H5P_CLS_LINK_CREATE_ID_g) X(H5T_C_S1_g) \
    X(H5T_IEEE_F32LE_g) X(H5T_IEEE_F64LE_g) X(H5T_NATIVE_DOUBLE_g) X(H5T_NATIVE_INT64_g) X(H5T_NATIVE_UINT64_g) \
    X(H5T_STD_I16LE_g) X(H5T_STD_I32LE_g) X(H5T_STD_I64LE_g) X(H5T_STD_I8LE_g) X(H5T_STD_U16LE_g) \
    X(H5T_STD_U32LE_g) X(H5T_STD_U64LE_g) X(H5T_STD_U8LE_g)
#if H5_VERSION_GE(1, 12, 0)
#define HDF5_ITERATE(X) X(H5Literate1)
#else
#define HDF5_ITERATE(X) X(H5Literate)
#endif

/// Where each of them is, by the type that its header gives it.
struct hdf5_library {
#define X(name) __typeof__(&name) name;
    HDF5_SYMBOLS(X)
#undef X
};
extern struct hdf5_library hdf5_library;

/// Loads the library; false when there is none, or only one of another version than this was built with.
bool load_hdf5(void);
