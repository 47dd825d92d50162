// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "direct.h"

#include <errno.h>
#include <fcntl.h>

int martlet_open_direct(const char *path) {
    const int flags = O_RDWR | O_CREAT | O_CLOEXEC;
#ifdef O_DIRECT
    int descriptor = open(path, flags | O_DIRECT, 0600);
    if (descriptor >= 0 || errno != EINVAL) return descriptor;
#endif
    return open(path, flags, 0600);
}

int martlet_end_direct(int descriptor) {
#ifdef O_DIRECT
    int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0 && flags & O_DIRECT) return fcntl(descriptor, F_SETFL, flags & ~O_DIRECT) == 0;
#endif
    return 0;
}
