#include "CKernels.h"

// A closure in Swift's calling convention: a function and what it closes over, which it gets in a register of its own.
#define SWIFT_CALL __attribute__((swiftcall))
typedef SWIFT_CALL void ck_closure(intptr_t tile, intptr_t worker, __attribute__((swift_context)) void *context);

// Called from Swift only, where its first two parameters are one closure.
SWIFT_CALL void ck_lend(ck_closure *function, void *context, ck_loan *loan) {
    *loan = (ck_loan){(void (*)(void))function, context};
}

void ck_call(ck_loan loan, intptr_t tile, intptr_t worker) { ((ck_closure *)loan.function)(tile, worker, loan.context); }
