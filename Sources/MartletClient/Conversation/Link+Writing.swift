// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

// What is sent to the broker.
extension Link {
    /// Writes what waits, as far as the conversation has come.
    func flush() {
        guard state.phase == .open, pendingSubscriptions == 0 else { return }
        while let upcoming = ledger.next(settlingOnly: isBrokerLeaving) {
            if let error = objection(to: upcoming.request) {
                intake.release(upcoming.request)
                upcoming.request.fail(error)
                continue
            }
            ledger.written(upcoming)
            append(upcoming.request.frame)
        }
        flushWrites()
    }

    /// Why a request is not to be written any more, or nothing.
    private func objection(to request: Request) -> ClientError? {
        if let lease = request.lease, lease.isLost { return .leaseLost }
        guard request.largestBody > maxBody else { return nil }
        // The broker would close the connection, and the next one too when the request is sent again.
        return ClientError(.refused("too-large"), "too-large: the broker takes bodies of at most \(maxBody) bytes")
    }

    /// Writes a request before all that waits.
    func write(_ request: Request) {
        ledger.written(request)
        append(request.frame)
    }

    private func append(_ frame: ByteBuffer) {
        hasWritten = true
        // A large frame is written as it is; many small ones become one.
        if frame.readableBytes > 4_096 {
            writeOutgoing()
            channel?.write(frame, promise: nil)
        } else {
            outgoing.writeImmutableBuffer(frame)
        }
    }

    private func writeOutgoing() {
        guard outgoing.readableBytes > 0 else { return }
        channel?.write(outgoing, promise: nil)
        outgoing = ByteBuffer()
    }

    func flushWrites() {
        guard hasWritten else { return }
        hasWritten = false
        writeOutgoing()
        lastSent = .now()
        channel?.flush()
    }
}
