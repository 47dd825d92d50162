// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#ifndef MARTLET_CONSOLE_H
#define MARTLET_CONSOLE_H

// One file of the console; its bytes are part of the program.
struct console_file {
    // Where a browser finds it, such as "/index.html".
    const char *_Nonnull path;
    const unsigned char *_Nonnull bytes;
    unsigned long count;
};

// How many files there are.
unsigned long console_file_count(void);

// The file at an index below that.
const struct console_file *_Nonnull console_file_at(unsigned long index);

#endif
