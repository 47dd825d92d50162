// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel

extension BlockingConnection {
    /// Asks the broker about something.
    ///
    /// - Returns: its JSON.
    func info(_ subject: InfoSubject) throws(ClientError) -> [UInt8] {
        let reply = try request(.info(subject))
        guard reply.word == "DATA" else {
            throw ClientError(.protocolViolation, "the broker answered \(reply.word) instead of DATA")
        }
        return reply.data
    }
}
