// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Calls on the files of the data folder.

#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// Behind it LMDB's two meta pages end.
#define META_END 8192
#define DESCRIPTORS 65536
// Where files are made before they get their names.
#define DRAFT "/data.new"
// Disks write no less than that at once.
#define SECTOR 512

static unsigned char files[DESCRIPTORS];
// Descriptors whose writes are durable when they return.
static bool synchronous[DESCRIPTORS];
static int64_t last_offset = -1;

enum file shim_file(int descriptor) {
    return descriptor >= 0 && descriptor < DESCRIPTORS ? files[descriptor] : NO_FILE;
}

// The name of a file in the folder, with a slash before it; nil when it is not there.
static const char *name_of(const char *path) {
    const char *folder = getenv("SHIM_FOLDER");
    size_t length = folder ? strlen(folder) : 0;
    return length > 0 && !strncmp(path, folder, length) && path[length] == '/' ? path + length : NULL;
}

static bool is_draft(const char *path) {
    const char *name = name_of(path);
    return name && !strncmp(name, DRAFT "/", strlen(DRAFT "/"));
}

static bool is_kept(enum file file) { return file == DATA_FILE || file >= JOURNAL; }

static enum file classify(const char *path) {
    const char *folder = getenv("SHIM_FOLDER");
    if (folder && !strcmp(path, folder)) return FOLDER;
    const char *name = name_of(path);
    if (!name) return NO_FILE;
    if (is_draft(path)) name += strlen(DRAFT);
    if (!strcmp(name, "/data.mdb")) return DATA_FILE;
    unsigned number;
    char more;
    if (sscanf(name, "/journal.%u%c", &number, &more) == 1 && number < SEGMENTS) return JOURNAL + number;
    return OTHER_FILE;
}

static int open_file(const char *path, int flags, mode_t mode) {
    enum file file = classify(path);
    if (file != NO_FILE) {
        struct verdict verdict = shim_judge_file(OPEN, file, 0);
        if (verdict.error) {
            errno = verdict.error;
            return -1;
        }
    }
    bool is_new = file != NO_FILE && flags & O_CREAT && syscall(SYS_faccessat, AT_FDCWD, path, F_OK);
    uint64_t begin = shim_tick();
    int made = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (made < 0 || file == NO_FILE || made >= DESCRIPTORS) return made;
    files[made] = (unsigned char)file;
    synchronous[made] = (flags & O_DSYNC) != 0;
    struct record record = {
        .kind = OPENED,
        .object = file,
        .begin = begin,
        .end = shim_tick(),
        .detail = (is_draft(path) ? AS_DRAFT : 0) | (is_new ? AS_NEW : 0)};
    shim_record(record, NULL, 0);
    return made;
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_file(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_file(path, flags, mode);
}

void shim_forget_file(int descriptor) {
    if (descriptor >= 0 && descriptor < DESCRIPTORS) files[descriptor] = NO_FILE;
}

// MARK: Writing

// Writes pieces at an offset; the caller has made sure that the descriptor is of a file of the folder.
ssize_t shim_write_file(int descriptor, const struct iovec *pieces, int count, off_t offset) {
    enum file file = shim_file(descriptor);
    struct verdict verdict =
        is_kept(file) ? shim_judge_file(WRITE, file, offset) : (struct verdict){0, false};
    if (verdict.error) {
        errno = verdict.error;
        return -1;
    }
    struct iovec parts[IOV_MAX];
    memcpy(parts, pieces, (size_t)count * sizeof *pieces);
    if (verdict.is_short) {
        count = 1;
        // Past the kernel's cache nothing but whole sectors is written.
        parts[0].iov_len = file == DATA_FILE ? parts[0].iov_len / 2 : parts[0].iov_len / 2 / SECTOR * SECTOR;
    }
    uint64_t begin = shim_tick();
    ssize_t written = syscall(SYS_pwritev, descriptor, parts, count, (long)offset, 0L);
    if (written <= 0) return written;
    if (file == DATA_FILE) last_offset = offset;
    struct record record = {.kind = WRITTEN,
                            .object = file,
                            .begin = begin,
                            .end = shim_tick(),
                            .offset = offset,
                            .result = written,
                            .detail = synchronous[descriptor],
                            .length = (uint32_t)written};
    shim_record(record, parts, count);
    return written;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    if (shim_file(descriptor) == NO_FILE) return syscall(SYS_pwrite64, descriptor, bytes, count, offset);
    struct iovec piece = {(void *)bytes, count};
    return shim_write_file(descriptor, &piece, 1, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t offset) {
    return pwrite(descriptor, bytes, count, offset);
}

ssize_t pwritev(int descriptor, const struct iovec *pieces, int count, off_t offset) {
    if (shim_file(descriptor) == NO_FILE) return syscall(SYS_pwritev, descriptor, pieces, count, (long)offset, 0L);
    return shim_write_file(descriptor, pieces, count, offset);
}

// MARK: Flushing

static const char *swallowing(void) {
    const char *swallow = getenv("SHIM_SWALLOW");
    return swallow ? swallow : "";
}

static int flush(int descriptor, long call) {
    enum file file = shim_file(descriptor);
    if (file == NO_FILE) return (int)syscall(call, descriptor);
    struct verdict verdict = shim_judge_file(FLUSH, file, 0);
    if (verdict.error) {
        errno = verdict.error;
        return -1;
    }
    const char *swallow = swallowing();
    if (is_kept(file) && !strcmp(swallow, "all")) return 0;
    if (file >= JOURNAL && !strcmp(swallow, "journal")) return 0;
    if (file == DATA_FILE && !strcmp(swallow, "lone") && last_offset < META_END) return 0;
    uint64_t begin = shim_tick();
    int result = (int)syscall(call, descriptor);
    if (result == 0) {
        struct record record = {.kind = FLUSHED, .object = file, .begin = begin, .end = shim_tick()};
        shim_record(record, NULL, 0);
    }
    return result;
}

int fdatasync(int descriptor) { return flush(descriptor, SYS_fdatasync); }
int fsync(int descriptor) { return flush(descriptor, SYS_fsync); }

// MARK: The rest

int ftruncate(int descriptor, off_t size) {
    enum file file = shim_file(descriptor);
    if (file != NO_FILE) {
        struct verdict verdict = shim_judge_file(TRUNCATE, file, size);
        if (verdict.error) {
            errno = verdict.error;
            return -1;
        }
    }
    uint64_t begin = shim_tick();
    int result = (int)syscall(SYS_ftruncate, descriptor, size);
    if (file != NO_FILE && result == 0) {
        struct record record = {
            .kind = TRUNCATED, .object = file, .begin = begin, .end = shim_tick(), .offset = size};
        shim_record(record, NULL, 0);
    }
    return result;
}

int ftruncate64(int descriptor, off_t size) { return ftruncate(descriptor, size); }

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    if (shim_file(descriptor) != NO_FILE) {
        struct verdict verdict = shim_judge_file(MAP, shim_file(descriptor), offset);
        if (verdict.error) {
            errno = verdict.error;
            return MAP_FAILED;
        }
    }
    return (void *)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    return mmap(address, length, protection, flags, descriptor, offset);
}

// What changes files in other ways would have to be thought of before images of it can be made.
static void unforeseen(enum file file) {
    if (file == NO_FILE) return;
    uint64_t tick = shim_tick();
    shim_record((struct record){.kind = UNFORESEEN, .object = file, .begin = tick, .end = tick}, NULL, 0);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length) {
    // Blocks that are kept behind the end change neither content nor size.
    if (mode != FALLOC_FL_KEEP_SIZE) unforeseen(shim_file(descriptor));
    return (int)syscall(SYS_fallocate, descriptor, mode, offset, length);
}

int rename(const char *from, const char *to) {
    enum file file = classify(from);
    bool is_naming = is_kept(file) && classify(to) == file && is_draft(from) && !is_draft(to);
    if (!is_naming) unforeseen(file);
    uint64_t begin = shim_tick();
    int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (result == 0 && is_naming) {
        struct record record = {.kind = RENAMED, .object = file, .begin = begin, .end = shim_tick()};
        shim_record(record, NULL, 0);
    }
    return result;
}

int unlink(const char *path) {
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    // A draft that is left over was given up before.
    if (result == 0 && !is_draft(path)) unforeseen(classify(path));
    return result;
}
