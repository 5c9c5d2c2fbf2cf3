#include "ccurl.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct zoo_http {
    CURL *easy;
    const zoo_http_events *events;
    int stopped;
};

// The functions we use, by the types their header gives them.
static struct {
    __typeof__(&curl_global_init) global_init;
    __typeof__(&curl_version) version;
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    CURLcode (*easy_perform)(CURL *);
    const char *(*easy_strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
    CURLU *(*url)(void);
    void (*url_cleanup)(CURLU *);
    CURLUcode (*url_get)(const CURLU *, CURLUPart, char **, unsigned int);
    CURLUcode (*url_set)(CURLU *, CURLUPart, const char *, unsigned int);
    void (*free)(void *);
} api;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *problem = "not loaded";

static void load(void) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        problem = "libcurl.so.4 is not installed (Debian, Ubuntu: apt install libcurl4)";
        return;
    }
    const struct {
        void **slot;
        const char *name;
    } symbols[] = {
        {(void **)&api.global_init, "curl_global_init"},
        {(void **)&api.version, "curl_version"},
        {(void **)&api.easy_init, "curl_easy_init"},
        {(void **)&api.easy_cleanup, "curl_easy_cleanup"},
        {(void **)&api.easy_setopt, "curl_easy_setopt"},
        {(void **)&api.easy_getinfo, "curl_easy_getinfo"},
        {(void **)&api.easy_perform, "curl_easy_perform"},
        {(void **)&api.easy_strerror, "curl_easy_strerror"},
        {(void **)&api.slist_append, "curl_slist_append"},
        {(void **)&api.slist_free_all, "curl_slist_free_all"},
        {(void **)&api.url, "curl_url"},
        {(void **)&api.url_cleanup, "curl_url_cleanup"},
        {(void **)&api.url_get, "curl_url_get"},
        {(void **)&api.url_set, "curl_url_set"},
        {(void **)&api.free, "curl_free"},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        *symbols[i].slot = dlsym(library, symbols[i].name);
        if (!*symbols[i].slot) {
            problem = "libcurl is too old: 7.62 or newer is needed";
            return;
        }
    }
    problem = api.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? NULL : "libcurl could not be initialised";
}

const char *zoo_http_unavailable(void) {
    pthread_once(&once, load);
    return problem;
}

const char *zoo_http_version(void) { return zoo_http_unavailable() ? "none" : api.version(); }

static size_t on_header(char *bytes, size_t size, size_t count, void *user) {
    zoo_http *http = user;
    size_t length = size * count, line = length;
    while (line > 0 && (bytes[line - 1] == '\n' || bytes[line - 1] == '\r')) line--;
    http->stopped = http->events->header(http->events->context, bytes, line);
    return http->stopped ? 0 : length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user) {
    zoo_http *http = user;
    http->stopped = http->events->body(http->events->context, bytes, size * count);
    return http->stopped ? 0 : size * count;
}

static int on_progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    (void)a, (void)b, (void)c, (void)d;
    zoo_http *http = user;
    int stop = http->events->tick(http->events->context);
    if (stop) http->stopped = stop;
    return stop;
}

zoo_http *zoo_http_open(const char *user_agent, const char *certificate_file) {
    if (zoo_http_unavailable()) return NULL;
    zoo_http *http = calloc(1, sizeof *http);
    if (!http) return NULL;
    CURL *easy = http->easy = api.easy_init();
    if (!easy) {
        free(http);
        return NULL;
    }
    api.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    api.easy_setopt(easy, CURLOPT_USERAGENT, user_agent);
    if (certificate_file) api.easy_setopt(easy, CURLOPT_CAINFO, certificate_file);
    // Redirects are followed by the caller, who knows where credentials may go.
    api.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    // A library that knows of other schemes must not be talked into them.
    api.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    // Several ranges at once are several connections; one connection's streams would share one window.
    api.easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    api.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 20L);
    api.easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L * 1024);
    api.easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    api.easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    api.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    api.easy_setopt(easy, CURLOPT_HEADERDATA, http);
    api.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    api.easy_setopt(easy, CURLOPT_WRITEDATA, http);
    api.easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    api.easy_setopt(easy, CURLOPT_XFERINFODATA, http);
    api.easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    return http;
}

void zoo_http_close(zoo_http *http) {
    api.easy_cleanup(http->easy);
    free(http);
}

zoo_http_outcome zoo_http_get(
    zoo_http *http, const char *url, const char *const *headers, size_t count, const zoo_http_events *events,
    char *reason) {
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < count; i++) {
        struct curl_slist *longer = api.slist_append(list, headers[i]);
        if (!longer) {
            api.slist_free_all(list);
            strcpy(reason, "out of memory");
            return ZOO_HTTP_FAILED;
        }
        list = longer;
    }
    char message[CURL_ERROR_SIZE] = "";
    http->events = events;
    http->stopped = 0;
    api.easy_setopt(http->easy, CURLOPT_URL, url);
    api.easy_setopt(http->easy, CURLOPT_HTTPHEADER, list);
    api.easy_setopt(http->easy, CURLOPT_ERRORBUFFER, message);
    // A server that hangs up while we write must not end the program.
    sigset_t pipe, before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    CURLcode code = api.easy_perform(http->easy);
    while (sigtimedwait(&pipe, NULL, &(struct timespec){0, 0}) > 0) {}
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    api.easy_setopt(http->easy, CURLOPT_ERRORBUFFER, NULL);
    api.easy_setopt(http->easy, CURLOPT_HTTPHEADER, NULL);
    api.slist_free_all(list);
    strncpy(reason, *message ? message : api.easy_strerror(code), 255);
    reason[255] = 0;
    if (http->stopped) return ZOO_HTTP_STOPPED;
    switch (code) {
        case CURLE_OK: return ZOO_HTTP_DONE;
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT: return ZOO_HTTP_UNREACHABLE;
        // No time limit is set but the one for connecting.
        case CURLE_OPERATION_TIMEDOUT: return ZOO_HTTP_UNREACHABLE;
        case CURLE_PARTIAL_FILE:
        case CURLE_GOT_NOTHING:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR: return ZOO_HTTP_BROKEN;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE: return ZOO_HTTP_UNTRUSTED;
        default: return ZOO_HTTP_FAILED;
    }
}

long zoo_http_status(zoo_http *http) {
    long status = 0;
    api.easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

char *zoo_url_resolve(const char *base, const char *reference) {
    if (zoo_http_unavailable()) return NULL;
    CURLU *url = api.url();
    char *whole = NULL;
    if (url && api.url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK
        && api.url_set(url, CURLUPART_URL, reference, 0) == CURLUE_OK)
        api.url_get(url, CURLUPART_URL, &whole, 0);
    api.url_cleanup(url);
    return whole;
}

char *zoo_url_part(const char *text, const char *part) {
    if (zoo_http_unavailable()) return NULL;
    CURLUPart which = !strcmp(part, "scheme") ? CURLUPART_SCHEME
        : !strcmp(part, "host")               ? CURLUPART_HOST
        : !strcmp(part, "port")               ? CURLUPART_PORT
                                              : CURLUPART_USER;
    CURLU *url = api.url();
    char *value = NULL;
    if (url && api.url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK)
        api.url_get(url, which, &value, CURLU_DEFAULT_PORT);
    api.url_cleanup(url);
    return value;
}

void zoo_http_free(char *text) { api.free(text); }
