// Every dispatched function: result, name, parameters, arguments.
#define CK_FUNCTIONS(X)                                                                                                \
    X(void, exp, (float *y, const float *x, size_t n), (y, x, n))                                                      \
    X(void, log, (float *y, const float *x, size_t n), (y, x, n))                                                      \
    X(void, erf, (float *y, const float *x, size_t n), (y, x, n))                                                      \
    X(void, tanh, (float *y, const float *x, size_t n), (y, x, n))                                                     \
    X(void, gelu, (float *y, const float *x, size_t n), (y, x, n))                                                     \
    X(void, gelu_backward, (float *dx, const float *dy, const float *x, size_t n), (dx, dy, x, n))                     \
    X(void, gelu_tanh, (float *y, const float *x, size_t n), (y, x, n))                                                \
    X(void, gelu_tanh_backward, (float *dx, const float *dy, const float *x, size_t n), (dx, dy, x, n))                \
    X(void, tanh_backward, (float *dx, const float *dy, const float *y, size_t n), (dx, dy, y, n))                     \
    X(void, add, (float *y, const float *x, size_t n), (y, x, n))                                                      \
    X(void, column_sums, (float *sums, const float *x, size_t stride, size_t rows, size_t width),                      \
      (sums, x, stride, rows, width))                                                                                  \
    X(void, sum_of_rows, (float *y, const float *x, const uint32_t *indices, size_t count, size_t width),              \
      (y, x, indices, count, width))                                                                                   \
    X(void, embed,                                                                                                     \
      (float *y, const float *word, const float *type, const float *position, const uint32_t *ids,                     \
       const uint32_t *types, const uint32_t *places, size_t rows, size_t width),                                      \
      (y, word, type, position, ids, types, places, rows, width))                                                      \
    X(void, drop, (float *y, const float *x, size_t rows, size_t width, const ck_dropout *dropout),                    \
      (y, x, rows, width, dropout))                                                                                    \
    X(void, residual_norm,                                                                                             \
      (float *x, const float *residual, float *y, float *mean, float *rstd, const float *gain, const float *bias,      \
       size_t rows, size_t width, float epsilon, const ck_dropout *dropout),                                           \
      (x, residual, y, mean, rstd, gain, bias, rows, width, epsilon, dropout))                                         \
    X(void, norm_backward,                                                                                             \
      (float *dx, float *branch, float *gain_sum, float *bias_sum, const float *dy, const float *x,                    \
       const float *mean, const float *rstd, const float *gain, size_t rows, size_t width,                             \
       const ck_dropout *dropout),                                                                                     \
      (dx, branch, gain_sum, bias_sum, dy, x, mean, rstd, gain, rows, width, dropout))                                 \
    X(void, pack, (float *panels, const float *x, size_t stride, size_t rows, size_t columns, size_t depth),           \
      (panels, x, stride, rows, columns, depth))                                                                       \
    X(void, pack_transposed, (float *panels, const float *x, size_t stride, size_t depth, size_t columns),             \
      (panels, x, stride, depth, columns))                                                                             \
    X(void, pack_left,                                                                                                 \
      (float *groups, float *sums, const float *x, size_t stride, size_t rows, size_t columns, size_t depth),          \
      (groups, sums, x, stride, rows, columns, depth))                                                                 \
    X(void, transpose,                                                                                                 \
      (float *to, size_t ldt, const float *from, size_t ldf, size_t rows, size_t columns, int accumulate),             \
      (to, ldt, from, ldf, rows, columns, accumulate))                                                                 \
    X(void, product,                                                                                                   \
      (float *c, size_t ldc, const float *a, size_t lda, const float *panels, const float *bias, size_t rows,          \
       size_t columns, size_t depth, int accumulate),                                                                  \
      (c, ldc, a, lda, panels, bias, rows, columns, depth, accumulate))                                                \
    X(void, pack_pairs, (float *panels, const float *x, size_t stride, size_t rows, size_t columns, size_t depth),     \
      (panels, x, stride, rows, columns, depth))                                                                       \
    X(void, pack_transposed_pairs,                                                                                     \
      (float *panels, const float *x, size_t stride, size_t depth, size_t columns),                                    \
      (panels, x, stride, depth, columns))                                                                             \
    X(void, pack_left_pairs,                                                                                           \
      (float *groups, float *sums, const float *x, size_t stride, size_t rows, size_t columns, size_t depth),          \
      (groups, sums, x, stride, rows, columns, depth))                                                                 \
    X(void, pack_pair_rows, (float *panels, const float *x, size_t stride, size_t rows, size_t columns, size_t depth), \
      (panels, x, stride, rows, columns, depth))                                                                       \
    X(void, pack_left_pair_rows,                                                                                       \
      (float *groups, float *sums, const float *x, size_t stride, size_t rows, size_t columns, size_t depth),          \
      (groups, sums, x, stride, rows, columns, depth))                                                                 \
    X(void, product_pairs,                                                                                             \
      (float *c, size_t ldc, const float *a, size_t lda, const float *panels, const float *bias, size_t rows,          \
       size_t columns, size_t depth, int accumulate),                                                                  \
      (c, ldc, a, lda, panels, bias, rows, columns, depth, accumulate))                                                \
    X(void, pair_rows, (float *pairs, const float *x, size_t rows, size_t columns), (pairs, x, rows, columns))         \
    X(void, softmax, (float *y, const float *x, size_t rows, size_t width), (y, x, rows, width))                       \
    X(void, attention,                                                                                                 \
      (float *out, const float *q, const float *k, const float *v, const ck_attention_shape *shape, float *scratch),   \
      (out, q, k, v, shape, scratch))                                                                                  \
    X(void, attention_backward,                                                                                        \
      (float *dq, float *dk, float *dv, const float *dout, const float *q, const float *k, const float *v,             \
       const ck_attention_shape *shape, float *scratch),                                                               \
      (dq, dk, dv, dout, q, k, v, shape, scratch))                                                                     \
    X(void, first_attention,                                                                                           \
      (float *mixed, float *share, float *p, const float *x, const float *asked,                                       \
       const ck_first_attention_shape *shape, float *scratch),                                                         \
      (mixed, share, p, x, asked, shape, scratch))                                                                     \
    X(void, first_attention_backward,                                                                                  \
      (float *dx, float *dasked, const float *dmixed, const float *dshare, const float *x, const float *asked,         \
       const float *p, int accumulate, const ck_first_attention_shape *shape, float *scratch),                         \
      (dx, dasked, dmixed, dshare, x, asked, p, accumulate, shape, scratch))                                           \
    X(void, cross_entropy,                                                                                             \
      (float *loss, float *dlogits, const float *logits, const int32_t *labels, const float *weights,                  \
       float smoothing, float scale, size_t rows, size_t classes),                                                     \
      (loss, dlogits, logits, labels, weights, smoothing, scale, rows, classes))                                       \
    X(float, sum_of_squares, (const float *x, size_t n), (x, n))                                                       \
    X(void, decay, (float *p, size_t n, float decay), (p, n, decay))                                                   \
    X(void, adamw, (float *p, float *m, float *v, const float *g, size_t n, const ck_adamw_step *step),                \
      (p, m, v, g, n, step))
