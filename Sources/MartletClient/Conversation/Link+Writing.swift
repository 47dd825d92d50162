// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What is sent to the broker.
extension Link {
    /// Sends what waits, as far as the conversation has come, and what was written before it.
    func flush() {
        if state.phase == .open, pendingSubscriptions == 0 { writeWaiting() }
        connection?.flush()
    }

    private func writeWaiting() {
        while let upcoming = ledger.next(settlingOnly: isBrokerLeaving) {
            if let error = reasonToDrop(upcoming.request) {
                intake.release(upcoming.request)
                upcoming.request.fail(error)
                continue
            }
            ledger.written(upcoming)
            connection?.write(upcoming.request.frame)
        }
    }

    /// Why a request is not to be written any more; nil when it is.
    private func reasonToDrop(_ request: Request) -> ClientError? {
        if let lease = request.lease, lease.isLost { return .leaseLost }
        guard request.largestBody > maxBody else { return nil }
        // The broker would close the connection, and the next one too when the request is sent again.
        return ClientError(.refused("too-large"), "too-large: the broker takes bodies of at most \(maxBody) bytes")
    }

    /// Writes a request before all that waits.
    func write(_ request: Request) {
        ledger.written(request)
        connection?.write(request.frame)
    }
}
