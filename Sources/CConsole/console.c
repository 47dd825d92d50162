// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Written by `make console`, which lists the files of the console.

#include "console.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char file_1[] = {
#embed "../MartletAdmin/Console/index.html"
};

static const struct console_file files[] = {
    {"/index.html", file_1, sizeof file_1},
};

unsigned long console_file_count(void) { return sizeof files / sizeof *files; }

const struct console_file *console_file_at(unsigned long index) { return &files[index]; }
