// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// A client as its program sees it: what it was told, what it holds, and what it has to find out.
final class SimulatedClient {
    /// A consumer as its client knows it.
    struct Consumer {
        let topic: String
        let subscription: String
        var window: Int
        var grace: Int
        /// Whether a `SUB` is on its way or was answered on this connection.
        var isAsked = false
        /// How its first `SUB` makes the subscription.
        var creation: Creation?
        var isAttached = false
        /// Deliveries that it has not settled: tag and offset, the oldest first.
        var held: [(tag: UInt64, offset: UInt64)] = []
        /// Tags that it acked.
        var acked: [UInt64] = []
    }

    /// What is said of a subscription that is to be made.
    struct Creation {
        let from: Start
        let options: SubscriptionOptions
    }

    let place: Int
    var link: Link?
    /// The session that it may come back for.
    var session: String?
    var consumers: [UInt64: Consumer] = [:]
    /// Messages with ids that were not answered, to be sent again.
    var unanswered: [Publication] = []
    /// Transactions whose end it does not know.
    var doubtful: [SimulatedTransaction] = []
    /// Versions of records that it read or wrote last.
    var versions: [String: UInt64] = [:]
    /// A transaction that it has begun and not ended.
    var open: SimulatedTransaction?

    init(_ place: Int) {
        self.place = place
    }

    /// Whether it has nothing left to find out or to say.
    var isDone: Bool {
        unanswered.isEmpty && doubtful.isEmpty && open == nil && link?.asked.isEmpty != false
            && consumers.values.allSatisfy(\.held.isEmpty)
    }

    /// Its connection is gone; what was not answered is unknown.
    func lost(_ link: Link) {
        guard self.link === link else { return }
        self.link = nil
        open = nil
        for request in link.asked { forget(request) }
        link.asked = []
        for number in consumers.keys {
            consumers[number]?.isAsked = false
            consumers[number]?.isAttached = false
        }
    }

    private func forget(_ request: Request) {
        if let transaction = request.transaction {
            if transaction.outcome == .unknown, !doubtful.contains(where: { $0 === transaction }) {
                doubtful.append(transaction)
            }
            return
        }
        guard case .publish(let publication) = request.kind, !publication.id.isEmpty else { return }
        if !unanswered.contains(where: { $0 === publication }) { unanswered.append(publication) }
    }

    // MARK: - What it reads

    func read(_ saying: Saying) {
        switch saying {
        case .answer(let request, let answer): read(request, answer)
        case .delivery(let got):
            consumers[got.consumer]?.held.append((got.tag, got.offset))
        case .lost(let number, let tags):
            consumers[number]?.held.removeAll { tags.contains($0.tag) }
        case .gone(let number):
            // The answer to a `SUB` that is on its way decides.
            if let consumer = consumers[number], consumer.isAttached || !consumer.isAsked { consumers[number] = nil }
        case .end: break
        }
    }

    private func read(_ request: Request, _ answer: Answer) {
        switch (request.kind, answer) {
        case (.hello, .welcome(let session)):
            if session != self.session { forgetHeld() }
            self.session = session
        case (.publish(let publication), .accepted), (.publish(let publication), .duplicate):
            unanswered.removeAll { $0 === publication }
        case (.publish(let publication), .refused(let refusal)):
            // A topic that is gone takes nothing any more; a full store has room again later.
            if refusal.code == .unknownTopic { unanswered.removeAll { $0 === publication } }
            if request.transaction == nil, refusal.code == .full, !publication.id.isEmpty, unanswered.count < 20 {
                unanswered.append(publication)
            }
        case (.command(let command), _): read(command, request, answer)
        default: break
        }
    }

    private func read(_ command: Command, _ request: Request, _ answer: Answer) {
        switch (command, answer) {
        case (.subscribe(let subscribe), .subscribed):
            consumers[subscribe.consumer]?.held = []
            consumers[subscribe.consumer]?.acked = []
            consumers[subscribe.consumer]?.isAttached = true
        case (.subscribe(let subscribe), .resumed(let tags)):
            consumers[subscribe.consumer]?.held.removeAll { !tags.contains($0.tag) }
            consumers[subscribe.consumer]?.isAttached = true
        case (.subscribe(let subscribe), _): consumers[subscribe.consumer] = nil
        case (.commit, .committed), (.commit, .refused):
            doubtful.removeAll { $0 === request.transaction }
        case (.outcome, .outcome): doubtful.removeAll { $0 === request.transaction }
        case (.set(let set), .done(let version, _)):
            if request.transaction == nil { versions[String(decoding: set.key, as: UTF8.self)] = version }
        case (.set(let set), .refused): versions[String(decoding: set.key, as: UTF8.self)] = nil
        case (.get(_, let key), .record(let version, _)): versions[String(decoding: key, as: UTF8.self)] = version
        case (.get(_, let key), .none): versions[String(decoding: key, as: UTF8.self)] = 0
        default: break
        }
    }

    func forgetHeld() {
        for number in consumers.keys { consumers[number]?.held = [] }
    }
}
