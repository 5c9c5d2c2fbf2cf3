#include <oneapi/dnnl/dnnl.h>

// From libgomp, with which Debian's oneDNN is linked: how many threads the calling thread's own teams have.
extern void omp_set_num_threads(int);
