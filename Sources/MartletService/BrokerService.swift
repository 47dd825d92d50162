// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletBroker
package import MartletModel

/// The broker as one thing: its thread, its store, and the ways to it.
///
/// Listeners and the administration are handed a service and know neither thread nor store.
package final class BrokerService: Sendable {
    /// What goes over the connections to it.
    package let traffic = TrafficCounts()
    private let configuration: BrokerConfiguration
    private let storage: StorageConfiguration
    private let thread: BrokerThread
    private let routes = BrokerRoutes()
    private let opening = Pledge<Result<Void, BrokerFailure>>()
    private let ending = Pledge<BrokerFailure?>()
    private let questions: QuestionPeer

    /// Makes a service that does not run yet.
    ///
    /// - Parameters:
    ///   - queueBytes: bytes of commands that may wait for the broker before no more are read.
    ///   - notify: takes what a person should know, on the broker's thread.
    package init(
        configuration: BrokerConfiguration, storage: StorageConfiguration, clock: BrokerClock,
        queueBytes: Int = 256 << 20, notify: @escaping @Sendable ([ServiceNotice]) -> Void
    ) {
        self.configuration = configuration
        self.storage = storage
        let (routes, opening, ending) = (routes, opening, ending)
        thread = BrokerThread(
            clock: clock, queueBytes: queueBytes,
            callbacks: BrokerThread.Callbacks(
                deliver: { routes.deliver($0) }, notify: notify, opened: { opening.fulfil($0) },
                stopped: { ending.fulfil($0) }))
        let questions = QuestionPeer(BrokerRoute(number: routes.add(), thread: thread))
        routes.set(questions.route.number) { questions.deliver($0) }
        self.questions = questions
    }

    /// Opens the store on the broker's thread, and serves from then on.
    ///
    /// - Parameter seed: what random numbers follow from.
    /// - Throws: `BrokerFailure` when the store cannot be opened.
    package func open(seed: UInt64) async throws {
        thread.start(configuration, storage: storage, seed: seed)
        let opened = await opening.value
        if case .failure = opened { ending.fulfil(nil) }
        try opened.get()
    }

    /// Makes a way to the broker, for peers that live in one place.
    package func makeRoute() -> BrokerRoute {
        BrokerRoute(number: routes.add(), thread: thread)
    }

    /// Says what takes the outboxes of a route, on the broker's thread.
    package func connect(_ route: BrokerRoute, _ deliver: @escaping @Sendable ([Outbox]) -> Void) {
        routes.set(route.number, deliver)
    }

    /// Asks the broker something from inside the process; the question takes the same way as a client's command.
    ///
    /// - Parameter access: what the one may do who asks.
    /// - Throws: `Refusal` when the command is refused, or when the broker has stopped (`shutting-down`).
    package func ask(_ command: Command, as access: Access = .all) async throws -> QuestionAnswer {
        try await questions.ask(command, as: access)
    }

    /// How long the disk took so far.
    package var diskTimes: DiskTimes.Counts { thread.diskTimes.counts }

    /// Makes the broker's thread look at its clock.
    package func wake() {
        thread.wake()
    }

    /// Has the broker confirm what it has taken and stop.
    package func stop() {
        thread.put(.stopping)
    }

    /// Waits until the broker has stopped, and gives the reason when that is a failure.
    package func stopped() async -> BrokerFailure? {
        let failure = await ending.value
        questions.end()
        return failure
    }

    /// Calls back when the broker has stopped, on its thread.
    package func whenStopped(_ body: @escaping @Sendable (BrokerFailure?) -> Void) {
        ending.whenFulfilled(body)
    }
}
