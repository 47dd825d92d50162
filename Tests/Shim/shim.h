// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// A library that is loaded into a broker (LD_PRELOAD) and stands between it and the system.
//
// It writes down, in one order, what the broker does to its data file and its journal and what goes in and out of its
// connections; and it lets chosen calls fail. The environment says what it does:
//
//   SHIM_FOLDER  the broker's data folder, as the broker is told it
//   SHIM_TRACE   the file for the record of calls; beside it, with the ending `.counts`, lie the counts of calls
//   SHIM_FAULT   <call>:<first>:<count>:<effect>, e.g. flush:3:1:EIO, see fault.c
//   SHIM_SWALLOW `all`: no flush of the data file and the journal takes place, although it is said to have;
//                `journal`: none of the journal; `lone`: none of the data file behind a write of a meta page, which is
//                the flush that a commit gets that no other follows

#ifndef MARTLET_SHIM_H
#define MARTLET_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

// What a record is about; `Trace.swift` reads them.
enum kind {
    ACCEPTED = 1,
    CLOSED = 2,
    RECEIVED = 3,
    SENT = 4,
    OPENED = 5,
    WRITTEN = 6,
    FLUSHED = 7,
    TRUNCATED = 8,
    // A call that changes a file in a way that nobody has thought of.
    UNFORESEEN = 9,
    FAILED = 10,
    // A file got its name.
    RENAMED = 11,
};

// Files that are told apart; the segments of the journal come last, each with a number of its own.
enum file { NO_FILE = 0, DATA_FILE = 1, OTHER_FILE = 2, FOLDER = 3, JOURNAL = 4 };
#define SEGMENTS 8

// How a file was opened.
enum opening { AS_DRAFT = 1, AS_NEW = 2 };

// Calls that are counted and can fail.
enum call { WRITE, FLUSH, OPEN, MAP, TRUNCATE, SEND, RECEIVE, ACCEPT, POLL, CALLS };

struct record {
    uint32_t kind;
    // The number of a connection, or a file.
    uint32_t object;
    // Where the call's begin and end stand among all begins and ends.
    uint64_t begin, end;
    int64_t offset;
    int64_t result;
    // The port of a connection's other end, how a file was opened, the file of a call that was made to fail, or 1 for a
    // write that is durable when it returns.
    uint32_t detail;
    // Bytes that follow.
    uint32_t length;
};

uint64_t shim_tick(void);
void shim_record(struct record record, const struct iovec *pieces, int count);

enum file shim_file(int descriptor);
uint32_t shim_connection(int descriptor);

// What becomes of a call.
struct verdict {
    // The error to fail with; 0 is none.
    int error;
    // Whether only a part is done.
    bool is_short;
};

struct verdict shim_judge(enum call call);
// The same of a call on a file, at an offset.
struct verdict shim_judge_file(enum call call, enum file file, int64_t offset);

#endif
