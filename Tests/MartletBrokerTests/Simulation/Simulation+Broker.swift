// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore

// The broker's loop, as its thread runs it, and how it ends and starts.
extension Simulation {
    private static let mostTurns = 10_000

    func setUp() throws {
        try start()
        guard let process else { return }
        let names = [("orders", ["billing", "audit"]), ("work", ["jobs"]), ("news", ["a", "b"])]
        var commands = CommandGatherer()
        for (topic, subscriptions) in names {
            var options = TopicOptions()
            if topic == "work" { options.retention = .work }
            if topic == "news" { options.retention = .interest }
            commands.add(.createTopic(name: topic, options: options))
            promises.topicsAsked.insert(topic)
            for name in subscriptions {
                var options = SubscriptionOptions()
                options.lease = Int(draw(2_000...8_000))
                options.maxFailures = Int(draw(4...20))
                options.backoff = [500, 2_000, 10_000]
                commands.add(.createSubscription(topic: topic, name: name, from: .earliest, options: options))
                promises.create(topic, name, .earliest, options)
            }
        }
        let batch = CommandBatch()
        batch.take(&commands, of: ConnectionID(0))
        let setter = ConnectionID(0)
        try process.broker.apply(
            [
                .connected(setter, client: "setup", session: "setup", resuming: nil), .commands(batch),
                .disconnected(setter),
            ],
            now: clock.now)
        if let batch = try process.broker.finish(now: clock.now) {
            promises.check(batch, input: 0, at: clock.now.steady)
            try store.commit(batch)
        }
        try process.broker.committed(now: clock.now)
        try store.sync()
        try process.broker.durable(now: clock.now)
        _ = process.broker.takeOutboxes()
        _ = process.broker.takeApplied()
        promises.confirmAll()
        for place in 0..<Int(draw(2...5)) {
            clients.append(SimulatedClient(place))
            events.add(.clientActs(place), at: draw(0...pace))
        }
        events.add(.fault, at: draw(0...faultPace))
        goOnLater(at: clock.time)
    }

    // MARK: - Ends and starts

    func start() throws {
        guard process == nil else { return }
        life += 1
        note("broker \(life) starts, clock \(clock.error) ms wrong")
        if life > 1 {
            promises.begin(store.contents, at: clock.now.steady)
            promises.audit(store.contents)
        }
        var configuration = configuration
        if bug == .stepWithoutBound { configuration.stepBytes = 1 << 40 }
        if bug == .unusedEndsEarly { configuration.ephemeralGrace /= 4 }
        if bug == .unusedNeverEnds { configuration.ephemeralGrace = 1 << 40 }
        let broker = try Broker(store: store, configuration: configuration, now: clock.now, seed: seed &+ UInt64(life))
        if life > 1 { try promises.auditVerdicts(of: broker, store.contents) }
        process = BrokerProcess(broker)
        goOnLater(at: clock.time)
    }

    /// The broker's process ends; the next one finds what the disk holds.
    func die(_ remains: SimulatedStore) {
        guard let process else { return }
        note("broker \(life) is gone; batch \(remains.contents.applied) is on disk")
        for link in process.links.values.sorted(by: { $0.id < $1.id }) {
            link.cut(toBroker: clock.time, toClient: clock.time + draw(0...link.delay.upperBound))
            tellEnd(of: link)
        }
        self.process = nil
        promises.crash()
        let isFull = store.isFull
        store = remains
        store.isFull = isFull
        promises.store = store
        events.add(.start, at: clock.time + (isOne(in: 4) ? draw(1...60_000) : draw(1...500)))
    }

    /// The process is killed, or the machine loses its power.
    func crash() throws {
        guard let process else { return }
        if case .committing(let batch) = process.phase, isOne(in: 3) {
            return die(try store.crashed(within: batch))
        }
        die(store.crashed(leaving: pick(SimulatedStore.Remains.allCases) ?? .flushed))
    }

    // MARK: - Input

    func reachBroker(_ link: Link, _ packet: Packet) throws {
        if case .end = packet {
        } else if !link.arrives(atBroker: clock.time) {
            return
        }
        if case .hello = packet, let process, !process.isStopping { process.links[link.id] = link }
        // Where nobody listens a connection is reset.
        guard let process, process.links[link.id] === link else {
            if case .end = packet { link.isOver = true }
            return tellEnd(of: link)
        }
        guard !process.isStopping else { return }
        for request in packet.requests { request.arrived = clock.now.steady }
        process.waiting.append(BrokerProcess.Incoming(link: link, packet: packet, time: told.steady))
        if case .idle = process.phase { try goOn() }
    }

    /// What the core is given of something that came in.
    private func input(_ incoming: BrokerProcess.Incoming, _ process: BrokerProcess) -> Input {
        let id = ConnectionID(incoming.link.id)
        switch incoming.packet {
        case .hello(_, let resuming):
            return .connected(
                id, client: "client-\(incoming.link.client)", session: incoming.link.session, resuming: resuming)
        case .drained: return .drained(id)
        case .end: return .disconnected(id)
        case .requests(let requests):
            var commands = CommandGatherer()
            for request in requests {
                switch request.kind {
                case .hello: break
                case .publish(let publication):
                    commands.publish(publication.topic, publication.body, id: publication.id)
                case .command(let command): add(command, to: &commands, incoming.link, process)
                }
            }
            let batch = CommandBatch()
            batch.take(&commands, of: id)
            return .commands(batch)
        }
    }

    /// Plain acks have a form of their own, as on the wire.
    private func add(
        _ command: Command, to commands: inout CommandGatherer, _ link: Link, _ process: BrokerProcess
    ) {
        switch command {
        case .settle(var settle):
            let base = process.tagBases[BrokerProcess.TagOwner(link: link.id, number: settle.consumer)] ?? 0
            settle.tags = settle.tags.map { ($0.lowerBound + base)...($0.upperBound + base) }
            if settle.verb == .ack, settle.tags.count == 1, let tags = settle.tags.first {
                commands.ack(consumer: settle.consumer, first: tags.lowerBound, last: tags.upperBound)
            } else {
                commands.add(.settle(settle))
            }
        default: commands.add(command)
        }
    }

    // MARK: - The loop

    func goOnLater(at time: UInt64) {
        events.add(.brokerGoesOn(life: life), at: time)
    }

    /// Does what is next in the loop.
    func goOn() throws {
        guard let process else { return }
        let now = told
        do throws(StoreError) {
            switch process.phase {
            case .idle: break
            case .committing(let batch):
                guard process.wake.map({ $0 <= clock.time }) ?? true else { return }
                process.phase = .idle
                if commitFails {
                    commitFails = false
                    throw StoreError(.failed, "the commit failed")
                }
                let durability = try store.commit(batch)
                process.isCommitOutstanding = durability == .committed
                if bug != .confirmedBeforeCommit { try process.broker.committed(now: now) }
                if durability == .durable { try process.broker.durable(now: now) }
                send(process)
            case .syncing:
                guard process.wake.map({ $0 <= clock.time }) ?? true else { return }
                process.phase = .idle
                try store.sync()
                process.isCommitOutstanding = false
                try process.broker.durable(now: now)
                send(process)
            }
            process.turns = 0
            while self.process === process, case .idle = process.phase, try turn(process) {
                process.turns += 1
                if process.turns > Self.mostTurns { return promises.violate("the broker's loop never rests") }
            }
        } catch {
            note("the store says: \(error.description)")
            if error.code == .failed {
                return die(store.crashed(leaving: pick(SimulatedStore.Remains.allCases) ?? .flushed))
            }
            promises.violate("the broker ended: \(error)")
        }
    }

    /// One turn of the loop; false when there is nothing to do.
    private func turn(_ process: BrokerProcess) throws(StoreError) -> Bool {
        let now = told
        promises.beginStep()
        let step = process.waiting
        process.waiting.removeAll(keepingCapacity: true)
        let isTimerDue = process.broker.nextTimer.map { $0 <= now.steady } ?? false
        if step.isEmpty, !isTimerDue, !process.broker.hasWork {
            if process.isCommitOutstanding {
                wait(process, .syncing)
            } else if process.isStopping {
                try process.broker.apply([.stopping], now: now)
                send(process)
                die(store.crashed(leaving: .committed))
            } else if let timer = process.broker.nextTimer {
                let rest = timer - min(timer, now.steady)
                let time = clock.time + max(1, bug == .clockIsFast ? rest / 2 : rest)
                if process.wake ?? 0 <= clock.time || process.wake ?? 0 > time {
                    process.wake = time
                    goOnLater(at: time)
                }
            }
            return false
        }
        try advance(process, step, now)
        return true
    }

    private func advance(
        _ process: BrokerProcess, _ step: [BrokerProcess.Incoming], _ now: Moment
    ) throws(StoreError) {
        let arrivals = step.map { Arrival(input($0, process), at: $0.time) }
        var bytes = 0
        for (incoming, arrival) in zip(step, arrivals) {
            handIn(incoming, process)
            if case .commands(let batch) = arrival.input { bytes += batch.bytes + 64 * batch.items.count }
        }
        if bug == .timersBeforeInputs { try process.broker.apply([Arrival](), now: now) }
        try process.broker.apply(arrivals.filter { !isLost($0.input) }, now: now)
        _ = process.broker.takeApplied()
        let batch = try process.broker.finish(now: now)
        let index = batch?.index ?? store.contents.applied
        for request in step.flatMap(\.packet.requests) { request.batch = index }
        send(process)
        guard let batch else {
            guard process.isCommitOutstanding else { return }
            if bug == .emptyStepConfirms {
                process.isCommitOutstanding = false
                try process.broker.durable(now: now)
                return send(process)
            }
            return wait(process, .syncing)
        }
        batches += 1
        transcript?.add(batch)
        promises.check(batch, input: bytes, at: clock.now.steady)
        if bug == .confirmedBeforeCommit {
            try process.broker.committed(now: now)
            try process.broker.durable(now: now)
            send(process)
        }
        wait(process, .committing(batch))
    }

    private func isLost(_ input: Input) -> Bool {
        if bug == .disconnectLost, case .disconnected = input { true } else { false }
    }

    /// Tells the promises what the core is given now.
    private func handIn(_ incoming: BrokerProcess.Incoming, _ process: BrokerProcess) {
        let link = incoming.link
        switch incoming.packet {
        case .hello(_, let resuming): promises.take(link, resuming: resuming, at: clock.now.steady)
        case .end: promises.disconnect(link.id, at: clock.now.steady)
        default: break
        }
        link.owed += incoming.packet.requests.filter(\.isAnswered)
        for request in incoming.packet.requests { promises.take(request, on: link.id, at: clock.now.steady) }
    }

    /// Lets the disk work; the loop goes on when it is done.
    private func wait(_ process: BrokerProcess, _ phase: BrokerProcess.Phase) {
        process.phase = phase
        var time = draw(0...2)
        if stall > 0 {
            note("the disk stalls for \(stall) ms")
            (time, stall) = (stall, 0)
        }
        process.wake = clock.time + time
        if crashesInCommit, case .committing = phase {
            crashesInCommit = false
            return events.add(.crash(life: life), at: clock.time + time / 2)
        }
        goOnLater(at: clock.time + time)
    }
}
