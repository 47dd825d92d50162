// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The record of calls, in the order in which they took place.

#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t ticks;
static int trace = -1;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("SHIM_TRACE");
    if (!path) return;
    int made = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (made < 0) abort();
    // Out of the way of the descriptors that the broker would get without it.
    trace = fcntl(made, F_DUPFD_CLOEXEC, 200);
    syscall(SYS_close, made);
    if (trace < 0) abort();
}

uint64_t shim_tick(void) { return __atomic_add_fetch(&ticks, 1, __ATOMIC_SEQ_CST); }

static void put(const void *bytes, size_t count) {
    const char *next = bytes;
    while (count > 0) {
        ssize_t written = syscall(SYS_write, trace, next, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) abort();
        next += written;
        count -= (size_t)written;
    }
}

// Appends a record and so many of its bytes as `length` says.
void shim_record(struct record record, const struct iovec *pieces, int count) {
    if (trace < 0) return;
    int error = errno;
    pthread_mutex_lock(&lock);
    put(&record, sizeof record);
    size_t left = record.length;
    for (int i = 0; i < count && left > 0; i++) {
        size_t part = pieces[i].iov_len < left ? pieces[i].iov_len : left;
        put(pieces[i].iov_base, part);
        left -= part;
    }
    pthread_mutex_unlock(&lock);
    errno = error;
}
