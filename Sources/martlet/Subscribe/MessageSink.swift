// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// Where the messages of `sub` go, and what decides how each is settled.
///
/// Nothing here waits but `abandon`: what a sink waits for, it names.
protocol MessageSink: AnyObject {
    /// Takes a message; what becomes of it, `advance` tells later.
    func take(_ message: IncomingMessage)
    /// Goes on as far as that is possible now, and tells what is decided.
    func advance() throws -> [Settling]
    /// Begins nothing more; a command that runs is let run.
    func stop()
    /// Forgets deliveries whose leases are gone, as far as they are not begun.
    ///
    /// - Returns: how many were forgotten.
    func lose(_ tags: [ClosedRange<UInt64>]) -> Int
    /// The connection is over: what is under way is brought to its end, and the rest is forgotten.
    func abandon() throws
    /// Whether a stop has to wait for something that is under way.
    var isBusy: Bool { get }
    /// Whether messages are here that are not decided.
    var isEmpty: Bool { get }
    /// Whether no more can be taken, since the reader has gone.
    var isGone: Bool { get }
    /// Descriptors that are worth an `advance` once they can be read.
    var readable: [Int32] { get }
    /// Descriptors that are worth an `advance` once they can be written.
    var writable: [Int32] { get }
    /// Milliseconds after which an `advance` is worth it without any descriptor; nil when there is no such time.
    var pause: Int? { get }
}
