// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

// What a step does about messages that are not its own, and about what is to come.
extension Step {
    /// Parks the message at the commit instead of acking it: it waits for a person.
    ///
    /// The rest of the step is carried out, without the receipt `done`, so that the handler runs again when the
    /// answer is to try again.
    ///
    /// - Parameters:
    ///   - code: A word for programs; more than 64 bytes are cut.
    ///   - note: What the person should know; more than 1,024 bytes are cut.
    public func park(code: String? = nil, note: String? = nil) {
        holding.lease.park(code: code, note: note)
    }

    /// Takes back a message whose time has not come.
    ///
    /// When no message of that id waits for its time, the commit fails with `refused` and `unknown-message`.
    public func cancel(_ topic: String, id: String) {
        tell { () throws(ClientError) in try MessageCommand.cancel(topic, id) }
    }

    /// Sets another time for a message whose time has not come; a time from now is counted from the commit on.
    ///
    /// When no message of that id waits for its time, the commit fails with `refused` and `unknown-message`.
    public func reschedule(_ topic: String, id: String, to time: PublishTime) {
        tell { () throws(ClientError) in try MessageCommand.reschedule(topic, id, to: time) }
    }

    /// Expects, from the commit on, that a process gets a message on a topic; what the step publishes before counts
    /// with a look-back only.
    ///
    /// The rest is as in `Administration.expect`.
    public func expect(
        _ process: String, on topic: String, within limit: Duration, id: String? = nil, lookback: Duration = .zero
    ) {
        tell { () throws(ClientError) in
            try MessageCommand.expect(process, on: topic, within: limit, id: id, lookback: lookback)
        }
    }

    /// Expects it no longer; when it was not expected, nothing changes.
    public func unexpect(_ process: String, on topic: String, id: String? = nil) {
        tell { () throws(ClientError) in try MessageCommand.unexpect(process, on: topic, id: id) }
    }

    private func tell(_ command: () throws(ClientError) -> Command) {
        tell(Result(catching: command))
    }
}
