// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#ifndef MARTLET_CLMDB_SHIM_H
#define MARTLET_CLMDB_SHIM_H

#include <lmdb.h>


#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

// Takes blocks of the disk for a part of a file without changing its size; 0 when they are there.
static inline int martlet_keep_blocks(int descriptor, long long start, long long length) {
#ifdef __linux__
    return (int)syscall(SYS_fallocate, descriptor, 1 /* FALLOC_FL_KEEP_SIZE */, start, length);
#else
    return -1;
#endif
}

#endif
