// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What secures a connection, as far as the conversation has to know of it.
protocol ConnectionSecurity: AnyObject {
    /// Whether the handshake is done, so that something can be said.
    var isEstablished: Bool { get }
    /// Tells of every buffer that was handed to the socket since the last call: its bytes, and its memory.
    func takeWritten(_ tell: (_ bytes: Int, _ memory: Int) -> Void)
    /// Closes the socket at once, whatever waits for it.
    func abort()
}
