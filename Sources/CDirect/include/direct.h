// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#ifndef MARTLET_DIRECT_H
#define MARTLET_DIRECT_H

/// Opens a file to read and write past the kernel's cache, and makes it if need be.
///
/// What is written and read then has to lie in whole blocks, in the file and in memory. Where the file system cannot do
/// so the file is opened as usual. Gives the descriptor, or -1 and `errno`. Swift does not see `O_DIRECT`, whose value
/// differs from processor to processor.
int martlet_open_direct(const char *path);

/// Goes on through the kernel's cache, since the file system refuses to do without it; gives 1, or 0 when it did not
/// do without it before.
int martlet_end_direct(int descriptor);

#endif
