// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletProtocol

// What a handler is told to do.
extension ConnectionState {
    /// What to do about bytes that arrived.
    enum Arrival: Equatable {
        /// Nothing until the read is complete.
        case nothing
        /// Tell the broker of the client, and answer its `HELLO`.
        case greeting(Greeting)
        /// Write the error and close the output.
        case refusal(Refusal)
    }

    /// A `HELLO` that was accepted.
    struct Greeting: Equatable {
        /// What the client calls itself.
        var client: String
        /// The session that it comes back to.
        ///
        /// Only the broker knows whether there is one, so it answers the `HELLO` then.
        var resuming: String?
    }

    /// What to do about any other event, in the order of the fields.
    struct Actions {
        /// How a connection is closed.
        enum Close {
            /// The output, behind everything that was written; `outputClosed` is called when that is done.
            case output
            /// All of it, at once.
            case all
        }

        /// Commands to hand to the broker.
        var batch: CommandBatch?
        /// How to close the connection.
        var close: Close?
        /// Whether to read from the socket, which was put off before.
        var reads = false
    }

    /// What a check has found.
    enum Finding: Equatable {
        /// Nothing to do.
        case fine
        /// Write `PING`.
        case ping
        /// Close at once.
        case lost
        /// Write the error and close the output.
        case refusal(Refusal)
    }

    /// The answer to a `HELLO`.
    func welcome(_ session: String) -> String {
        let (version, maxBody) = (Server.version, configuration.maxBody)
        return "OK 1 martlet/\(version) session=\(session) max-body=\(maxBody) heartbeat=\(heartbeat)"
    }
}
