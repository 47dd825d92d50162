// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Why the server closes a connection that did not ask for it.
enum CloseReason: Equatable, Sendable {
    /// Too much waits for it.
    case slowReader
    /// It took nothing for the stall timeout.
    case stalled
    /// It was silent for two heartbeats.
    case silent
    /// It began a frame and did not go on with it.
    case unfinishedFrame
    /// It said something else than a `HELLO`, none in time, or one that is not accepted.
    case noHello(ErrorCode)
    /// What it showed is no user's.
    case notAdmitted(from: String)
    /// Its user is gone, or has other rights now.
    case accessChanged
    /// It sent bytes that are no frame.
    case badFrame(ErrorCode)
    /// Too much waits for all connections together, and this one is the slowest.
    case memory
    /// It speaks TLS to a port without.
    case unexpectedTLS
    /// It speaks no TLS to a port with.
    case plaintext
    /// It did not finish the handshake of TLS in time.
    case noHandshake
    /// The handshake of TLS failed.
    case badHandshake(String)
    /// What it sent behind the handshake is not what TLS asks for.
    case badRecord(String)
}
