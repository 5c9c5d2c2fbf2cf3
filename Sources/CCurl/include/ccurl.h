// HTTP GET through libcurl, which is loaded when it is first needed: linking it would cost every command its start-up
// (Documentation/decisions/0013-libcurl.md).
#ifndef CCURL_H
#define CCURL_H

#include <stddef.h>
#include <stdint.h>

// One connection, kept open between requests; used by one thread at a time.
typedef struct zoo_http zoo_http;

// What is told about a response while it comes in; each function returns 0 to go on.
typedef struct {
    void *context;
    // One header line without its line end; "HTTP/1.1 200 OK" begins a new head.
    int (*header)(void *context, const char *line, size_t length);
    int (*body)(void *context, const char *bytes, size_t length);
    // Called about once a second whatever happens.
    int (*tick)(void *context);
} zoo_http_events;

// What an exchange came to. The library's own numbers stay behind this list.
typedef enum {
    ZOO_HTTP_DONE,
    ZOO_HTTP_STOPPED,      // an event function said so
    ZOO_HTTP_UNREACHABLE,  // no such host, connection refused or timed out
    ZOO_HTTP_BROKEN,       // the connection ended early
    ZOO_HTTP_UNTRUSTED,    // the certificate was not accepted
    ZOO_HTTP_FAILED,       // anything else
} zoo_http_outcome;

// NULL when libcurl can be used, else why not. Loads it at the first call.
const char *zoo_http_unavailable(void);
// The library's own description of itself.
const char *zoo_http_version(void);

zoo_http *zoo_http_open(const char *user_agent, const char *certificate_file);
void zoo_http_close(zoo_http *http);
// `headers`: `count` lines "Name: value". `reason`: 256 bytes for a description of a failure.
zoo_http_outcome zoo_http_get(
    zoo_http *http, const char *url, const char *const *headers, size_t count, const zoo_http_events *events,
    char *reason);
long zoo_http_status(zoo_http *http);

// `reference` seen from `base`; NULL when either is no URL. Freed with zoo_http_free.
char *zoo_url_resolve(const char *base, const char *reference);
// A part of `url`: "scheme", "host", "port" (with the scheme's default), "user"; NULL when it has none.
char *zoo_url_part(const char *url, const char *part);
void zoo_http_free(char *text);

#endif
