// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Counts calls, and lets the n-th of a kind fail, stall or do a part only.

#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *const names[CALLS] = {"write", "flush",   "open",   "map", "truncate",
                                         "send",  "receive", "accept", "poll"};

static const struct {
    const char *name;
    int number;
} errors[] = {
    {"EIO", EIO},         {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT},         {"EMFILE", EMFILE},
    {"EACCES", EACCES},   {"EINTR", EINTR},   {"ECONNRESET", ECONNRESET}, {"ECONNABORTED", ECONNABORTED},
    {"EAGAIN", EAGAIN},   {"EPIPE", EPIPE},   {"ENOMEM", ENOMEM},         {"ENOBUFS", ENOBUFS},
};

// How often each call was made, and behind them how often one was made to fail; in a file, so that they outlive us.
static uint64_t *counts;
static uint64_t unread[CALLS + 1];

static int failing = -1;
static uint64_t first, number;
static int error;
static bool is_short;
static long stall;

static void understand(const char *text) {
    char call[16], effect[24];
    if (sscanf(text, "%15[a-z]:%lu:%lu:%23s", call, &first, &number, effect) != 4) abort();
    for (int i = 0; i < CALLS; i++) {
        if (!strcmp(names[i], call)) failing = i;
    }
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (!strcmp(errors[i].name, effect)) error = errors[i].number;
    }
    is_short = !strcmp(effect, "short");
    if (!strncmp(effect, "stall", 5)) stall = atol(effect + 5);
    if (failing < 0 || (!error && !is_short && stall <= 0)) abort();
}

__attribute__((constructor)) static void start(void) {
    counts = unread;
    const char *path = getenv("SHIM_TRACE");
    if (path) {
        char name[4096];
        snprintf(name, sizeof name, "%s.counts", path);
        int made = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (made < 0 || syscall(SYS_ftruncate, made, sizeof unread)) abort();
        void *map = (void *)syscall(SYS_mmap, NULL, sizeof unread, PROT_READ | PROT_WRITE, MAP_SHARED, made, 0L);
        if (map == MAP_FAILED) abort();
        counts = map;
        syscall(SYS_close, made);
    }
    const char *fault = getenv("SHIM_FAULT");
    if (fault) understand(fault);
}

struct verdict shim_judge(enum call call) { return shim_judge_file(call, NO_FILE, 0); }

struct verdict shim_judge_file(enum call call, enum file file, int64_t offset) {
    struct verdict verdict = {0, false};
    uint64_t turn = __atomic_add_fetch(&counts[call], 1, __ATOMIC_SEQ_CST);
    if ((int)call != failing || turn < first || turn >= first + number) return verdict;
    __atomic_add_fetch(&counts[CALLS], 1, __ATOMIC_SEQ_CST);
    uint64_t tick = shim_tick();
    struct record record = {.kind = FAILED,
                            .object = call,
                            .begin = tick,
                            .end = tick,
                            .offset = offset,
                            .result = error,
                            .detail = file};
    shim_record(record, NULL, 0);
    if (stall > 0) {
        struct timespec left = {stall / 1000, stall % 1000 * 1000000};
        while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
    }
    verdict.error = error;
    verdict.is_short = is_short;
    return verdict;
}
