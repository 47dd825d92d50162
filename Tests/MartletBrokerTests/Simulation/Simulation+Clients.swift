// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// What clients do, each by itself.
extension Simulation {
    private static let mostAsked = 40
    static let keys = ["k0", "k1", "k2"]

    /// A client does one thing, and the next some time later.
    func act(_ client: SimulatedClient) {
        let next =
            isEnding
            ? draw(client.isDone ? 500...5_000 : 50...500) : isOne(in: 60) ? draw(1_000...600_000) : draw(0...2 * pace)
        events.add(.clientActs(client.place), at: clock.time + next)
        guard let link = client.link else { return connect(client) }
        guard link.asked.count < Self.mostAsked else { return }
        if isEnding { return end(client) }
        actionsLeft -= 1
        // All that is said between BEGIN and COMMIT belongs to the transaction.
        if let transaction = client.open {
            return isOne(in: 3) ? commit(transaction, of: client) : send([Request(.command(.ping))], of: client)
        }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<26: publish(client)
        case 26..<34: subscribe(client)
        case 34..<70: handle(client)
        case 70..<76: touch(client)
        case 76..<78: changeWindow(client)
        case 78..<80: leave(client)
        case 80..<86: transact(client)
        case 86..<92: changeRecord(client)
        case 92..<94: writeReceipt(client)
        case 94..<96: resolve(client)
        case 96..<97: purge(client)
        case 97..<99: changeNames(client)
        default: send([Request(.command(.ping))], of: client)
        }
    }

    private func connect(_ client: SimulatedClient) {
        guard let process, !process.isStopping else { return }
        let delay = isOne(in: 5) ? 0...draw(50...3_000) : 0...5
        let link = Link(id: nextLink, client: client.place, delay: delay)
        nextLink += 1
        client.link = link
        let isResuming = client.session != nil && !isOne(in: 5)
        let session = isResuming ? client.session : nil
        if !isResuming {
            client.session = link.session
            client.consumers = [:]
        }
        note("client \(client.place) connects as \(link.id), resuming \(session ?? "nothing")")
        let hello = Request(.hello, isAnswered: isResuming)
        if isResuming { link.asked.append(hello) }
        carry(.hello(hello, resuming: session), on: link)
    }

    func carry(_ packet: Packet, on link: Link) {
        if let time = link.toBroker(at: clock.time, taking: draw(link.delay)) {
            events.add(.reachesBroker(link, packet), at: time)
        }
    }

    func send(_ requests: [Request], of client: SimulatedClient) {
        guard let link = client.link, !requests.isEmpty else { return }
        note("client \(client.place) on \(link.id): \(requests.map(\.title).joined(separator: "; "))")
        link.asked += requests
        carry(.requests(requests), on: link)
    }

    func reachClient(_ link: Link, _ sayings: [Saying]) {
        guard link.arrives(atClient: clock.time) else { return }
        let client = clients[link.client]
        guard client.link === link else { return }
        for saying in sayings {
            if case .answer(let request, _) = saying, let place = link.asked.firstIndex(where: { $0 === request }) {
                link.asked.remove(at: place)
            }
            client.read(saying)
            if case .end = saying { cut(link) }
        }
    }

    // MARK: - Messages

    func makePublication(_ topic: String, hasID: Bool) -> Publication {
        nextMessage += 1
        let body = "m\(nextMessage)" + String(repeating: ".", count: Int(draw(0...200)))
        let publication = Publication(topic: topic, id: hasID ? "id-\(nextMessage)" : "", body: body)
        promises.publications[body] = publication
        return publication
    }

    private func publish(_ client: SimulatedClient) {
        guard messagesLeft > 0 else { return }
        let passing = promises.topicID(Self.passingTopic) == nil ? [] : [Self.passingTopic]
        let topic = pick(Self.topics + passing) ?? ""
        let hasID = isOne(in: 2)
        let publications = (0..<draw(1...4)).map { _ in makePublication(topic, hasID: hasID) }
        messagesLeft -= publications.count
        // What was answered may be sent again too: it is stored once.
        var requests = publications.map { Request(.publish($0)) }
        if hasID, isOne(in: 4), let first = publications.first { requests.append(Request(.publish(first))) }
        send(requests, of: client)
    }

    /// Finds out what became of what was not answered.
    func resolve(_ client: SimulatedClient) {
        let again = client.unanswered.prefix(4)
        send(again.map { Request(.publish($0)) }, of: client)
        let asked = client.link?.asked.compactMap(\.transaction) ?? []
        for transaction in client.doubtful where !asked.contains(where: { $0 === transaction }) {
            send([Request(.command(.outcome(id: Array(transaction.id.utf8))), transaction: transaction)], of: client)
        }
    }

    // MARK: - Consumers

    private func subscribe(_ client: SimulatedClient) {
        let missing = client.consumers.filter { !$0.value.isAsked }.keys.sorted()
        if let number = missing.first { return ask(client, number) }
        guard client.consumers.count < 4, let ledger = pick(promises.living) else { return }
        // Numbers are used again, as clients do.
        let number = (1...5).first { client.consumers[$0] == nil } ?? 6
        add(client, number, ledger)
    }

    func add(_ client: SimulatedClient, _ number: UInt64, _ ledger: SubscriptionLedger) {
        client.consumers[number] = SimulatedClient.Consumer(
            topic: ledger.topic, subscription: ledger.name, window: Int(draw(1...(isOne(in: 6) ? 60 : 10))),
            grace: isOne(in: 2) ? 0 : Int(draw(1...20_000)))
        ask(client, number)
    }

    func ask(_ client: SimulatedClient, _ number: UInt64) {
        guard let consumer = client.consumers[number] else { return }
        client.consumers[number]?.isAsked = true
        client.consumers[number]?.window = max(1, consumer.window)
        client.consumers[number]?.creation = nil
        client.link?.highestNumber = max(client.link?.highestNumber ?? 0, number)
        var request = Subscribe(
            consumer: number, topic: consumer.topic, subscription: consumer.subscription,
            window: max(1, consumer.window),
            grace: consumer.grace)
        if let creation = consumer.creation { (request.from, request.options) = (creation.from, creation.options) }
        send([Request(.command(.subscribe(request)))], of: client)
    }

    /// A consumer, mostly one that holds something.
    private func pickConsumer(_ client: SimulatedClient) -> UInt64? {
        let attached = client.consumers.filter(\.value.isAttached)
        let holding = attached.filter { !$0.value.held.isEmpty }.keys.sorted()
        return pick(holding.isEmpty || isOne(in: 10) ? attached.keys.sorted() : holding)
    }

    private func handle(_ client: SimulatedClient) {
        guard let number = pickConsumer(client), let consumer = client.consumers[number] else {
            return subscribe(client)
        }
        guard !consumer.held.isEmpty else { return }
        let verb: Settle.Verb
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<14: verb = .ack
        case 14..<16: verb = .nack
        case 16..<18: verb = .release
        case 18: verb = .reject
        // It forgets what it holds, whose leases run out.
        default:
            client.consumers[number]?.held.removeFirst()
            return
        }
        if isOne(in: 10), let tag = pick(consumer.acked) {
            // What was acked is acked again.
            return settle(client, number, .ack, [tag])
        }
        let start = Int(draw(0...UInt64(min(2, consumer.held.count - 1))))
        let count = Int(draw(1...UInt64(consumer.held.count - start)))
        let tags = consumer.held[start..<(start + count)].map(\.tag)
        client.consumers[number]?.held.removeSubrange(start..<(start + count))
        if verb == .ack { client.consumers[number]?.acked += tags }
        settle(client, number, verb, tags)
    }

    func settle(_ client: SimulatedClient, _ number: UInt64, _ verb: Settle.Verb, _ tags: [UInt64]) {
        var request = Settle(verb: verb, consumer: number, tags: ReferenceModel.ranges(tags.sorted()))
        if verb == .nack || verb == .release, isOne(in: 2) { request.delay = Int(draw(0...5_000)) }
        if verb == .reject || verb == .nack { request.note = String(repeating: "n", count: Int(draw(0...1_000))) }
        send([Request(.command(.settle(request)))], of: client)
    }

    private func touch(_ client: SimulatedClient) {
        guard let number = pickConsumer(client), let tag = pick(client.consumers[number]?.held ?? [])?.tag else {
            return
        }
        let touch = Touch(consumer: number, tags: [tag...tag], extend: isOne(in: 2) ? nil : Int(draw(1_000...20_000)))
        send([Request(.command(.touch(touch)))], of: client)
    }

    private func changeWindow(_ client: SimulatedClient) {
        guard let number = pickConsumer(client) else { return }
        let window = Int(draw(0...12))
        client.consumers[number]?.window = window
        send([Request(.command(.window(consumer: number, window: window)))], of: client)
    }

    private func leave(_ client: SimulatedClient) {
        if isOne(in: 4) {
            client.consumers = [:]
            return send([Request(.command(.bye))], of: client)
        }
        guard let number = pickConsumer(client) else { return }
        client.consumers[number] = nil
        send([Request(.command(.unsubscribe(consumer: number)))], of: client)
    }

    private func purge(_ client: SimulatedClient) {
        guard isOne(in: 4) else { return }
        send([Request(.command(.purge(topic: pick(Self.topics) ?? "", before: nil)))], of: client)
    }
}
