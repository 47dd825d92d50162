// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MartletClient
import MartletModel

/// A `sub` from its first connection to its end, with more connections in between if it waits for the broker.
final class SubscribeSession {
    /// The shortest and the longest wait before it connects again, in milliseconds.
    private static let waits = (least: 100, most: 5_000)

    private let configuration: ClientConfiguration
    private let plan: SubscribePlan
    private let sink: any MessageSink
    private let isPatient: Bool
    private var command: Subscribe
    private var finished = 0
    private var pause = SubscribeSession.waits.least
    private var isTold = false

    /// Prepares a session.
    ///
    /// - Parameter waits: whether it waits for a broker that cannot be reached.
    init(
        configuration: ClientConfiguration, plan: SubscribePlan, command: Subscribe, sink: any MessageSink,
        waits: Bool
    ) {
        self.configuration = configuration
        self.plan = plan
        self.command = command
        self.sink = sink
        isPatient = waits
    }

    /// Runs until the plan is done or a signal comes.
    ///
    /// - Parameter signal: a descriptor that becomes readable when a signal comes.
    func run(until signal: Int32) throws {
        while true {
            do {
                guard case .brokerStops(let reason) = try runOnce(until: signal) else { return }
                guard Interruption.signal == nil else { return }
                let text = "the broker is stopping (\(reason))"
                guard isPatient else {
                    throw CommandFailure(.unreachable, "\(text); subscribe again later to go on after what was printed")
                }
                tell(text)
            } catch let error as ClientError {
                try sink.abandon()
                guard isPatient, Self.mayPass(error) else { throw failure(error) }
                tell(error.message)
            }
            var wait = pollfd(fd: signal, events: Int16(POLLIN), revents: 0)
            poll(&wait, 1, Int32(pause))
            guard Interruption.signal == nil else { return }
            pause = min(2 * pause, Self.waits.most)
        }
    }

    private func runOnce(until signal: Int32) throws -> SubscribeRun.Ending {
        let connection = try BlockingConnection(configuration)
        let run = SubscribeRun(connection: connection, plan: plan, sink: sink, finished: finished)
        defer { finished = run.finished }
        try run.start(command)
        // From now on the subscription exists; if it goes, it must not begin anew without a word.
        command.from = nil
        pause = Self.waits.least
        isTold = false
        let ending = try run.run(until: signal)
        connection.close()
        return ending
    }

    /// Whether waiting may help.
    private static func mayPass(_ error: ClientError) -> Bool {
        [.unreachable, .connectionLost, .refused("shutting-down"), .refused("busy")].contains(error.code)
    }

    private func failure(_ error: ClientError) -> CommandFailure {
        guard error.code == .refused("start-required") else {
            return CommandFailure(error, address: configuration.addresses[0])
        }
        return CommandFailure(
            .refused,
            """
            topic \(plan.topic) has no subscription '\(plan.subscription)' yet.
            To create it, say where it starts: --from earliest (all there is) or --from new (what comes now on).
            """)
    }

    private func tell(_ reason: String) {
        if !isTold { StandardError.write("waiting for the broker: \(reason)\n") }
        isTold = true
    }
}
