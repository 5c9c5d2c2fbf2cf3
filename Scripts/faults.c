/* Preloaded into a program, kills it or fails one of its system calls at a chosen place, and keeps what a power loss
 * would leave. Only calls that touch files below FAULT_HOME count; each kind of call has its own ordinal, from 1.
 *
 *   FAULT_HOME    the folder (absolute, resolved)
 *   FAULT_TRACE   a file outside it: one line a call, "CALL ORDINAL PATH", and "new INODE GENERATION"
 *   FAULT_SHADOW  a folder outside it: what was synced, "INODE.GENERATION" holds a file's bytes or a folder's entries
 *   FAULT_CALL, FAULT_AT, FAULT_ACT   the place, and kill | torn | short | the name of an error
 *   FAULT_STICKY  the error comes again at every later call that changes something (of flock: at every later flock);
 *                 every later write is short
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CALLS = 12, DESCRIPTORS = 65536, INODES = 65536 };
static const char *names[CALLS] = {"open",  "write", "fsync", "rename",    "link",  "unlink",
                                   "mkdir", "rmdir", "chmod", "ftruncate", "flock", "read"};
enum call { OPEN, WRITE, FSYNC, RENAME, LINK, UNLINK, MKDIR, RMDIR, CHMOD, TRUNCATE, FLOCK, READ };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int ready, trace = -1, wanted = -1, sticky, failing, error_code;
static long at, counts[CALLS];
static const char *home, *shadow, *act;
static size_t home_length;
static char *paths[DESCRIPTORS];
static struct { ino_t inode; int generation; } made[INODES];
static int made_count;

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static void begin(void) {
    if (ready) return;
    ready = 1;
    home = getenv("FAULT_HOME");
    shadow = getenv("FAULT_SHADOW");
    if (!home) return;
    home_length = strlen(home);
    const char *file = getenv("FAULT_TRACE"), *call = getenv("FAULT_CALL");
    if (file) trace = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    act = getenv("FAULT_ACT");
    at = call && getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : 0;
    sticky = getenv("FAULT_STICKY") != NULL;
    for (int i = 0; call && i < CALLS; i++) if (!strcmp(call, names[i])) wanted = i;
    if (act && !strcmp(act, "ENOSPC")) error_code = ENOSPC;
    if (act && !strcmp(act, "EIO")) error_code = EIO;
    if (act && !strcmp(act, "EACCES")) error_code = EACCES;
    if (act && !strcmp(act, "EROFS")) error_code = EROFS;
    if (act && !strcmp(act, "ENOLCK")) error_code = ENOLCK;
}

static int inside(const char *path) {
    begin();
    return home && path && !strncmp(path, home, home_length) && (path[home_length] == '/' || !path[home_length]);
}

static const char *path_of(int descriptor) {
    begin();
    return home && descriptor >= 0 && descriptor < DESCRIPTORS ? paths[descriptor] : NULL;
}

static void say(const char *first, long number, const char *rest) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s %ld %s\n", first, number, rest);
    if (trace >= 0) syscall(SYS_write, trace, line, length);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* What to do instead of the call: 0 nothing, else an error; `is_torn` when half of a write is to be done. */
static int fault(enum call call, const char *path, int *is_torn) {
    say(names[call], ++counts[call], path + home_length);
    if (failing && (wanted == FLOCK ? call == FLOCK : call != READ && call != FLOCK)) return error_code;
    if ((int)call != wanted || !act) return 0;
    if (counts[call] != at && !(sticky && counts[call] > at && !strcmp(act, "short"))) return 0;
    if (!strcmp(act, "kill")) die();
    if ((!strcmp(act, "torn") || !strcmp(act, "short")) && is_torn) { *is_torn = 1; return 0; }
    failing = sticky;
    return error_code;
}

/* Inode numbers are used again: each file made while the program runs gets a number of its own. */
static void created(ino_t inode) {
    if (made_count == INODES) abort();
    int generation = 1;
    for (int i = 0; i < made_count; i++) if (made[i].inode == inode) generation = made[i].generation + 1;
    made[made_count].inode = inode;
    made[made_count++].generation = generation;
    char text[64];
    snprintf(text, sizeof text, "%d", generation);
    say("new", (long)inode, text);
}

static int generation(ino_t inode) {
    for (int i = made_count; i-- > 0;) if (made[i].inode == inode) return made[i].generation;
    return 0;
}

static void created_path(const char *path) {
    struct stat info;
    if (!lstat(path, &info)) created(info.st_ino);
}

/* Copies what the descriptor's file or folder holds now: from here on it survives. */
static void synced(int descriptor, const char *path) {
    struct stat info;
    if (!shadow || fstat(descriptor, &info)) return;
    char name[PATH_MAX], line[PATH_MAX];
    snprintf(name, sizeof name, "%s/%lu.%d", shadow, (unsigned long)info.st_ino, generation(info.st_ino));
    int out = syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (S_ISDIR(info.st_mode)) {
        DIR *folder = opendir(path);
        for (struct dirent *entry; folder && (entry = readdir(folder));) {
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            int length = snprintf(line, sizeof line, "%lu.%d %d %s\n", (unsigned long)entry->d_ino,
                                  generation(entry->d_ino), entry->d_type == DT_DIR, entry->d_name);
            syscall(SYS_write, out, line, length);
        }
        if (folder) closedir(folder);
    } else {
        char buffer[65536];
        int in = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        struct stat now;
        /* The name may be gone or another file's; then the descriptor itself is read through /proc. */
        if (in < 0 || fstat(in, &now) || now.st_ino != info.st_ino) {
            if (in >= 0) syscall(SYS_close, in);
            snprintf(line, sizeof line, "/proc/self/fd/%d", descriptor);
            in = syscall(SYS_openat, AT_FDCWD, line, O_RDONLY | O_CLOEXEC, 0);
        }
        for (ssize_t count; (count = syscall(SYS_read, in, buffer, sizeof buffer)) > 0;)
            syscall(SYS_write, out, buffer, count);
        syscall(SYS_close, in);
    }
    syscall(SYS_close, out);
}

#define FAIL(code) do { pthread_mutex_unlock(&lock); errno = (code); return -1; } while (0)

static int opened(const char *path, int flags, mode_t mode, int (*real)(const char *, int, ...)) {
    if (!inside(path)) return real(path, flags, mode);
    pthread_mutex_lock(&lock);
    int changes = flags & (O_CREAT | O_TRUNC) || (flags & O_ACCMODE) != O_RDONLY;
    int code = fault(changes ? OPEN : READ, path, NULL);
    if (code) FAIL(code);
    struct stat info;
    int is_new = flags & O_CREAT && lstat(path, &info);
    int descriptor = real(path, flags, mode), saved = errno;
    if (descriptor >= 0 && descriptor < DESCRIPTORS) {
        free(paths[descriptor]);
        paths[descriptor] = strdup(path);
        if (is_new) created_path(path);
    }
    pthread_mutex_unlock(&lock);
    errno = saved;
    return descriptor;
}

#define MODE va_list list; va_start(list, flags); mode_t mode = va_arg(list, mode_t); va_end(list)
int open(const char *path, int flags, ...) { MODE; REAL(open); return opened(path, flags, mode, real); }
int open64(const char *path, int flags, ...) { MODE; REAL(open64); return opened(path, flags, mode, real); }

int close(int descriptor) {
    REAL(close);
    if (descriptor >= 0 && descriptor < DESCRIPTORS && paths[descriptor]) {
        pthread_mutex_lock(&lock);
        free(paths[descriptor]);
        paths[descriptor] = NULL;
        pthread_mutex_unlock(&lock);
    }
    return real(descriptor);
}

#define WRITTEN(call)                                                                                                  \
    const char *path = path_of(descriptor);                                                                            \
    if (!path) return call(count);                                                                                     \
    pthread_mutex_lock(&lock);                                                                                         \
    int is_torn = 0, code = fault(WRITE, path, &is_torn);                                                              \
    if (code) FAIL(code);                                                                                              \
    ssize_t written = call(is_torn && count > 1 ? count / 2 : count);                                                  \
    int saved = errno;                                                                                                 \
    if (is_torn && !strcmp(act, "torn")) die();                                                                        \
    pthread_mutex_unlock(&lock);                                                                                       \
    errno = saved;                                                                                                     \
    return written

ssize_t write(int descriptor, const void *bytes, size_t count) {
    REAL(write);
#define CALL(n) real(descriptor, bytes, n)
    WRITTEN(CALL);
#undef CALL
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    REAL(pwrite);
#define CALL(n) real(descriptor, bytes, n, offset)
    WRITTEN(CALL);
#undef CALL
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    REAL(pwrite64);
#define CALL(n) real(descriptor, bytes, n, offset)
    WRITTEN(CALL);
#undef CALL
}

static int done(enum call call, const char *path, int result) {
    int saved = errno;
    if (!result && call == MKDIR) created_path(path);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return result;
}

/* A call on a path: counted, perhaps failed, else done. */
#define ON_PATH(call, path, real_call)                                                                                 \
    if (!inside(path)) return real_call;                                                                               \
    pthread_mutex_lock(&lock);                                                                                         \
    int code = fault(call, path, NULL);                                                                                \
    if (code) FAIL(code);                                                                                              \
    return done(call, path, real_call)

int rename(const char *from, const char *to) { REAL(rename); ON_PATH(RENAME, to, real(from, to)); }
int link(const char *from, const char *to) { REAL(link); ON_PATH(LINK, to, real(from, to)); }
int unlink(const char *path) { REAL(unlink); ON_PATH(UNLINK, path, real(path)); }
int rmdir(const char *path) { REAL(rmdir); ON_PATH(RMDIR, path, real(path)); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); ON_PATH(MKDIR, path, real(path, mode)); }

static int on_descriptor(enum call call, int descriptor) {
    const char *path = path_of(descriptor);
    if (!path) return 0;
    pthread_mutex_lock(&lock);
    int code = fault(call, path, NULL);
    pthread_mutex_unlock(&lock);
    errno = code;
    return code;
}

int fchmod(int descriptor, mode_t mode) {
    REAL(fchmod);
    return on_descriptor(CHMOD, descriptor) ? -1 : real(descriptor, mode);
}
int ftruncate(int descriptor, off_t size) {
    REAL(ftruncate);
    return on_descriptor(TRUNCATE, descriptor) ? -1 : real(descriptor, size);
}
int ftruncate64(int descriptor, off64_t size) {
    REAL(ftruncate64);
    return on_descriptor(TRUNCATE, descriptor) ? -1 : real(descriptor, size);
}
int flock(int descriptor, int operation) {
    REAL(flock);
    return on_descriptor(FLOCK, descriptor) ? -1 : real(descriptor, operation);
}

static int flushed(int descriptor, int (*real)(int)) {
    const char *path = path_of(descriptor);
    if (!path) return real(descriptor);
    pthread_mutex_lock(&lock);
    int code = fault(FSYNC, path, NULL);
    if (code) FAIL(code);
    /* The disk of a test need not be waited for: what survives is what is copied here. */
    synced(descriptor, path);
    pthread_mutex_unlock(&lock);
    return shadow ? 0 : real(descriptor);
}
int fsync(int descriptor) { REAL(fsync); return flushed(descriptor, real); }
int fdatasync(int descriptor) { REAL(fdatasync); return flushed(descriptor, real); }
