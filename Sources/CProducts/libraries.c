#include "CProducts.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

// Every function that is used: library, result, name, parameters, arguments.
#define PRODUCT_FUNCTIONS(X) \
    X(dnn, dnnl_status_t, dnnl_engine_create, (dnnl_engine_t *engine, dnnl_engine_kind_t kind, size_t index), \
      (engine, kind, index)) \
    X(dnn, dnnl_status_t, dnnl_engine_destroy, (dnnl_engine_t engine), (engine)) \
    X(dnn, dnnl_status_t, dnnl_stream_create, (dnnl_stream_t *stream, dnnl_engine_t engine, unsigned flags), \
      (stream, engine, flags)) \
    X(dnn, dnnl_status_t, dnnl_stream_destroy, (dnnl_stream_t stream), (stream)) \
    X(dnn, dnnl_status_t, dnnl_stream_wait, (dnnl_stream_t stream), (stream)) \
    X(dnn, const dnnl_version_t *, dnnl_version, (void), ()) \
    X(dnn, dnnl_status_t, dnnl_matmul_desc_init, \
      (dnnl_matmul_desc_t *desc, const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b, \
       const dnnl_memory_desc_t *bias, const dnnl_memory_desc_t *c), \
      (desc, a, b, bias, c)) \
    X(dnn, dnnl_status_t, dnnl_primitive_attr_create, (dnnl_primitive_attr_t *attr), (attr)) \
    X(dnn, dnnl_status_t, dnnl_primitive_attr_destroy, (dnnl_primitive_attr_t attr), (attr)) \
    X(dnn, dnnl_status_t, dnnl_primitive_attr_set_scratchpad_mode, \
      (dnnl_primitive_attr_t attr, dnnl_scratchpad_mode_t mode), (attr, mode)) \
    X(dnn, dnnl_status_t, dnnl_primitive_attr_set_post_ops, (dnnl_primitive_attr_t attr, const_dnnl_post_ops_t ops), \
      (attr, ops)) \
    X(dnn, dnnl_status_t, dnnl_post_ops_create, (dnnl_post_ops_t *ops), (ops)) \
    X(dnn, dnnl_status_t, dnnl_post_ops_destroy, (dnnl_post_ops_t ops), (ops)) \
    X(dnn, dnnl_status_t, dnnl_post_ops_append_sum, (dnnl_post_ops_t ops, float scale), (ops, scale)) \
    X(dnn, dnnl_status_t, dnnl_primitive_desc_create, \
      (dnnl_primitive_desc_t *desc, const_dnnl_op_desc_t operation, const_dnnl_primitive_attr_t attr, \
       dnnl_engine_t engine, const_dnnl_primitive_desc_t hint), \
      (desc, operation, attr, engine, hint)) \
    X(dnn, dnnl_status_t, dnnl_primitive_desc_destroy, (dnnl_primitive_desc_t desc), (desc)) \
    X(dnn, const dnnl_memory_desc_t *, dnnl_primitive_desc_query_md, \
      (const_dnnl_primitive_desc_t desc, dnnl_query_t what, int index), (desc, what, index)) \
    X(dnn, size_t, dnnl_memory_desc_get_size, (const dnnl_memory_desc_t *desc), (desc)) \
    X(dnn, dnnl_status_t, dnnl_primitive_create, (dnnl_primitive_t *primitive, const_dnnl_primitive_desc_t desc), \
      (primitive, desc)) \
    X(dnn, dnnl_status_t, dnnl_primitive_destroy, (dnnl_primitive_t primitive), (primitive)) \
    X(dnn, dnnl_status_t, dnnl_primitive_execute, \
      (const_dnnl_primitive_t primitive, dnnl_stream_t stream, int count, const dnnl_exec_arg_t *arguments), \
      (primitive, stream, count, arguments)) \
    X(dnn, dnnl_status_t, dnnl_memory_create, \
      (dnnl_memory_t *memory, const dnnl_memory_desc_t *desc, dnnl_engine_t engine, void *handle), \
      (memory, desc, engine, handle)) \
    X(dnn, dnnl_status_t, dnnl_memory_destroy, (dnnl_memory_t memory), (memory)) \
    X(dnn, dnnl_status_t, dnnl_memory_set_data_handle, (dnnl_memory_t memory, void *handle), (memory, handle)) \
    X(dnn, dnnl_status_t, dnnl_memory_desc_init_by_strides, \
      (dnnl_memory_desc_t *desc, int rank, const dnnl_dims_t sizes, dnnl_data_type_t type, \
       const dnnl_dims_t strides), \
      (desc, rank, sizes, type, strides)) \
    X(blas, void, cblas_sgemm, \
      (const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE a_form, const enum CBLAS_TRANSPOSE b_form, \
       const blasint m, const blasint n, const blasint k, const float alpha, const float *a, const blasint lda, \
       const float *b, const blasint ldb, const float beta, float *c, const blasint ldc), \
      (order, a_form, b_form, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)) \
    X(blas, void, openblas_set_num_threads, (int count), (count)) \
    X(blas, char *, openblas_get_config, (void), ()) \
    X(blas, char *, openblas_get_corename, (void), ())

static struct {
#define X(library, result, name, parameters, arguments) result(*name) parameters;
    PRODUCT_FUNCTIONS(X)
#undef X
    // From libgomp, with which Debian's oneDNN is linked: how many threads the calling thread's own teams have.
    void (*omp_set_num_threads)(int);
} found;

#define X(library, result, name, parameters, arguments) \
    result name parameters { return found.name arguments; }
PRODUCT_FUNCTIONS(X)
#undef X

static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_bool loaded;

static void load(void) {
    void *dnn = dlopen("libdnnl.so." TEXT(DNNL_VERSION_MAJOR), RTLD_NOW | RTLD_LOCAL);
    void *blas = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    bool is_complete = dnn && blas;
#define X(library, result, name, parameters, arguments) \
    is_complete = is_complete && (found.name = (__typeof__(found.name))dlsym(library, #name)) != NULL;
    PRODUCT_FUNCTIONS(X)
#undef X
    if (!is_complete) return;
    found.omp_set_num_threads = (void (*)(int))dlsym(dnn, "omp_set_num_threads");
    // OpenBLAS starts a thread for every further core as it is loaded; the engine has threads of its own.
    void (*end)(void) = (void (*)(void))dlsym(blas, "blas_thread_shutdown_");
    if (end) end();
    found.openblas_set_num_threads(1);
    atomic_store_explicit(&loaded, true, memory_order_release);
}

bool cp_load_products(void) {
    pthread_once(&once, load);
    return atomic_load_explicit(&loaded, memory_order_acquire);
}

void cp_hold_products(void) {
    static _Thread_local bool is_held;
    if (is_held || !atomic_load_explicit(&loaded, memory_order_acquire)) return;
    if (found.omp_set_num_threads) found.omp_set_num_threads(1);
    is_held = true;
}
