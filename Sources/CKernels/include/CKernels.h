// The engine's kernels on float32, and products of bfloat16. Every function has one body compiled per instruction set and
// chosen at run time. All work 16 lanes wide with explicit fused multiply-adds and fixed reduction orders, so every
// instruction set gives the same bits. Matrices are row-major; a function that takes rows works on them one by one, so a
// caller may split the rows among threads wherever it likes, except where a comment says that the rows of one call are
// summed.
#ifndef CKERNELS_H
#define CKERNELS_H
#include <stddef.h>
#include <stdint.h>

// Instruction sets, in rising order.
typedef enum { CK_ISA_BASELINE = 0, CK_ISA_AVX2 = 1, CK_ISA_AVX512 = 2, CK_ISA_AVX512_BF16 = 3 } ck_isa;
// The best one this processor has.
ck_isa ck_best_isa(void);
// The one in use.
ck_isa ck_current_isa(void);
// Uses `isa`, or the best there is when the processor lacks it; returns the one chosen. Not while kernels run.
ck_isa ck_use_isa(ck_isa isa);

// Which elements to drop. A word of the generator is a hash of (keys[row], site, place of the element in its row);
// so an element's fate does not depend on what else is in the batch or on how the work is split.
typedef struct {
    const uint64_t *keys;    // one a row: (seed, step, sequence in the step)
    const uint32_t *places;  // one a row: the token's place in its sequence
    uint64_t site;           // which dropout of the model
    uint32_t threshold;      // drop probability times 65536; 0 keeps everything
    float scale;             // 1 / (1 - probability)
} ck_dropout;

// Element by element: y may be x.
void ck_exp(float *y, const float *x, size_t n);
void ck_log(float *y, const float *x, size_t n);
void ck_erf(float *y, const float *x, size_t n);
void ck_tanh(float *y, const float *x, size_t n);
void ck_gelu(float *y, const float *x, size_t n);
// dx = dy * gelu'(x)
void ck_gelu_backward(float *dx, const float *dy, const float *x, size_t n);
// GELU's approximation by a tanh.
void ck_gelu_tanh(float *y, const float *x, size_t n);
void ck_gelu_tanh_backward(float *dx, const float *dy, const float *x, size_t n);
// dx = dy * (1 - y * y)
void ck_tanh_backward(float *dx, const float *dy, const float *y, size_t n);
// y += x
void ck_add(float *y, const float *x, size_t n);

// sums[j] = x[0][j] + x[1][j] + ... in this order
void ck_column_sums(float *sums, const float *x, size_t stride, size_t rows, size_t width);
// y[r] = x[indices[0]] + x[indices[1]] + ... in this order: one row out
void ck_sum_of_rows(float *y, const float *x, const uint32_t *indices, size_t count, size_t width);
// y[r] = word[ids[r]] + type[types[r]] + position[places[r]]
void ck_embed(float *y, const float *word, const float *type, const float *position, const uint32_t *ids,
              const uint32_t *types, const uint32_t *places, size_t rows, size_t width);
// y[r] = dropout(x[r]); y may be x
void ck_drop(float *y, const float *x, size_t rows, size_t width, const ck_dropout *dropout);

// x = dropout(x) + residual (residual may be null), then y = layer norm of x; mean and the reciprocal of the standard
// deviation of each row are kept.
void ck_residual_norm(float *x, const float *residual, float *y, float *mean, float *rstd, const float *gain,
                      const float *bias, size_t rows, size_t width, float epsilon, const ck_dropout *dropout);
// dx = gradient of the layer norm's input x; branch (may be null) = dropout(dx). The rows of one call are summed
// into gain_sum and bias_sum (both or neither may be null). dx may be dy.
void ck_norm_backward(float *dx, float *branch, float *gain_sum, float *bias_sum, const float *dy, const float *x,
                      const float *mean, const float *rstd, const float *gain, size_t rows, size_t width,
                      const ck_dropout *dropout);

// Columns of a packed panel of a right operand, rows of a packed group of a left one.
#define CK_PANEL ((size_t)48)
#define CK_GROUP ((size_t)8)
// Some rows of the panels of a right operand [depth, columns]: x [rows, columns], whose first row belongs where panels
// points to.
void ck_pack(float *panels, const float *x, size_t stride, size_t rows, size_t columns, size_t depth);
// Panels of x [columns, depth], for a right operand that is x's transpose.
void ck_pack_transposed(float *panels, const float *x, size_t stride, size_t depth, size_t columns);
// The same of the groups of a left operand that is the transpose of [depth, columns]; the sums of x's columns, row by row in
// order, are added to sums (may be null).
void ck_pack_left(float *groups, float *sums, const float *x, size_t stride, size_t rows, size_t columns,
                  size_t depth);
// to[j][i] (+)= from[i][j] for a matrix [rows, columns]
void ck_transpose(float *to, size_t ldt, const float *from, size_t ldf, size_t rows, size_t columns, int accumulate);
// C[rows, columns] (+)= A B (+ bias, may be null). A's rows are lda floats apart, or with lda 0 A is packed in groups; B is
// packed. Each element is summed over the depth in order, whatever the split into calls.
void ck_product(float *c, size_t ldc, const float *a, size_t lda, const float *panels, const float *bias, size_t rows,
                size_t columns, size_t depth, int accumulate);

// The same in bfloat16, summed in float32. Operands are pairs of neighbours in depth, each in the place of a float, the
// first in the low half; where the depth is odd, the last is a pair with zero. Depths, strides of packed operands and the
// place of a row in the panels are counted in pairs, what is not packed in floats. Elements are rounded to nearest, ties to
// even, and a subnormal one is zero. Each pair adds its second product to the sum, then its first, by fused multiply-adds
// in which what is subnormal counts as zero: what the processor's instruction does.
void ck_pack_pairs(float *panels, const float *x, size_t stride, size_t rows, size_t columns, size_t depth);
void ck_pack_transposed_pairs(float *panels, const float *x, size_t stride, size_t depth, size_t columns);
void ck_pack_left_pairs(float *groups, float *sums, const float *x, size_t stride, size_t rows, size_t columns,
                        size_t depth);
void ck_product_pairs(float *c, size_t ldc, const float *a, size_t lda, const float *panels, const float *bias,
                      size_t rows, size_t columns, size_t depth, int accumulate);
// Rows of pairs, for a left operand that is not packed: of x [rows, columns], whose rows are next to each other.
void ck_pair_rows(float *pairs, const float *x, size_t rows, size_t columns);
// ck_pack_pairs and ck_pack_left_pairs of a matrix that is there as rows of pairs, `stride` floats apart; `sums` is not used.
void ck_pack_pair_rows(float *panels, const float *x, size_t stride, size_t rows, size_t columns, size_t depth);
void ck_pack_left_pair_rows(float *groups, float *sums, const float *x, size_t stride, size_t rows, size_t columns,
                            size_t depth);

// Softmax of each row.
void ck_softmax(float *y, const float *x, size_t rows, size_t width);

// One head of one sequence: q, k, v and out are [length, size], with `stride` floats from token to token.
typedef struct {
    size_t length, size, stride;
    float scale;
    uint64_t key;        // of the dropout on the probabilities: (seed, step, sequence, layer, head)
    uint32_t threshold;  // as in ck_dropout
    float keep_scale;
} ck_attention_shape;
// Floats of scratch memory that the two functions below need.
size_t ck_attention_scratch(size_t length, size_t size);
// out = dropout(softmax(scale * q kT)) v
void ck_attention(float *out, const float *q, const float *k, const float *v, const ck_attention_shape *shape,
                  float *scratch);
void ck_attention_backward(float *dq, float *dk, float *dv, const float *dout, const float *q, const float *k,
                           const float *v, const ck_attention_shape *shape, float *scratch);

// All heads of one sequence, of whose tokens only the first attends: x, the states, is [length, width]; asked, what its
// queries ask of a state (each head's query times the key matrix), and mixed are [heads, width].
typedef struct {
    size_t length, width, heads;
    float scale;
    const uint64_t *keys;  // of the dropout on the probabilities, one a head, as above
    uint32_t threshold;
    float keep_scale;
} ck_first_attention_shape;
// Floats of scratch memory that the two functions below need.
size_t ck_first_attention_scratch(size_t length, size_t width, size_t heads);
// mixed = dropout(p) x, where p = softmax(scale * asked xT); share = what dropout(p) adds up to; both for each head. p is
// kept: [length, heads rounded up to 16].
void ck_first_attention(float *mixed, float *share, float *p, const float *x, const float *asked,
                        const ck_first_attention_shape *shape, float *scratch);
// dx (may be null) (+)= the gradient of x.
void ck_first_attention_backward(float *dx, float *dasked, const float *dmixed, const float *dshare, const float *x,
                                 const float *asked, const float *p, int accumulate,
                                 const ck_first_attention_shape *shape, float *scratch);

// Cross-entropy from logits, row by row. loss[r] is the row's loss before division by the total weight; weights (one a
// class) may be null; label -100 is left out (loss 0, gradient 0). dlogits (may be null) = d loss[r] / d logits * scale.
void ck_cross_entropy(float *loss, float *dlogits, const float *logits, const int32_t *labels, const float *weights,
                      float smoothing, float scale, size_t rows, size_t classes);

// Sum of squares in a fixed tree.
float ck_sum_of_squares(const float *x, size_t n);

// One step of AdamW as PyTorch defines it.
typedef struct {
    float decay;       // 1 - lr * weight decay
    float beta1, beta2;
    float step;        // lr / (1 - beta1^t)
    float root;        // 1 / sqrt(1 - beta2^t)
    float epsilon;
    float grad_scale;  // the clip coefficient
} ck_adamw_step;
// g may be null: a gradient of zero.
void ck_adamw(float *p, float *m, float *v, const float *g, size_t n, const ck_adamw_step *step);

// p *= decay: a step of AdamW on elements that never had a gradient, whose moments are zero.
void ck_decay(float *p, size_t n, float decay);

// A number that almost surely differs when a byte does, for finding damage; not against intent.
uint64_t ck_checksum(uint64_t seed, const void *bytes, size_t n);

// Widening, exact.
void ck_widen_f16(float *y, const uint16_t *x, size_t n);
void ck_widen_bf16(float *y, const uint16_t *x, size_t n);
// For the body of a loop that waits for another thread.
static inline void ck_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

// A Swift closure (tile, worker) that was lent by ck_lend, which Workers.swift declares; to be called while its lender
// waits.
typedef struct {
    void (*function)(void);
    void *context;
} ck_loan;
void ck_call(ck_loan loan, intptr_t tile, intptr_t worker);

// AddressSanitizer's, present in a build with it only: no one may touch these bytes; everyone may again.
void __asan_poison_memory_region(const volatile void *start, size_t count);
void __asan_unpoison_memory_region(const volatile void *start, size_t count);

// Mixes two words into one (SplitMix64's finalizer over their combination).
static inline uint64_t ck_mix(uint64_t a, uint64_t b) {
    uint64_t x = a + 0x9E3779B97F4A7C15u * (b + 1);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}
#endif
