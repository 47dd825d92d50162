// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a command exits with, after the codes of `sysexits.h`.
enum ExitStatus: Int32 {
    /// The person who was asked said no.
    case declined = 1
    /// The command line or the configuration is wrong.
    case usage = 64
    /// The data is damaged.
    case damaged = 65
    /// The broker cannot be reached, or the connection broke.
    case unreachable = 69
    /// The broker answered `ERR`, broke the protocol, or could not be started.
    case refused = 70
    /// A file, standard input or standard output failed.
    case io = 74
    /// SIGINT ended it before it was done.
    case interrupted = 130
    /// SIGTERM ended it before it was done.
    case terminated = 143

    /// What a signal that ended the command means.
    init(signal: Int32) { self = signal == 2 ? .interrupted : .terminated }
}
