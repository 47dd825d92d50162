// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// Topics and subscriptions come and go, and their names come again.
extension Simulation {
    /// A client makes or deletes a topic or a subscription.
    func changeNames(_ client: SimulatedClient) {
        let topic = Self.passingTopic
        switch Int.random(in: 0..<8, using: &random) {
        case 0..<2:
            guard reserve(topic, client) else { return makeSubscription(client) }
            var options = TopicOptions()
            options.retention = isOne(in: 2) ? .interest : .limits
            send([Request(.command(.createTopic(name: topic, options: options)))], of: client)
        case 2..<5: makeSubscription(client)
        case 5..<7:
            // What is gone may be deleted again, by one who does not know.
            let names = promises.subscriptions.filter { Self.passingNames.contains($0.name) }
            guard let ledger = pick(names.suffix(4)) else { return makeSubscription(client) }
            send([Request(.command(.deleteSubscription(topic: ledger.topic, name: ledger.name)))], of: client)
        default: send([Request(.command(.deleteTopic(name: topic)))], of: client)
        }
    }

    private func makeSubscription(_ client: SimulatedClient) {
        let passing = promises.topicID(Self.passingTopic) == nil ? [] : [Self.passingTopic, Self.passingTopic]
        // A topic with retention work has exactly one.
        guard let topic = pick(["orders", "news"] + passing), let name = pick(Self.passingNames),
            reserve("\(topic)/\(name)", client)
        else { return }
        var options = SubscriptionOptions()
        options.lease = Int(draw(2_000...8_000))
        options.maxFailures = Int(draw(4...20))
        options.backoff = [500, 2_000]
        options.ephemeral = isOne(in: 2)
        let from = pick([Start.earliest, .earliest, .new, .offset(draw(1...20))]) ?? .new
        if isOne(in: 3) {
            let command = Command.createSubscription(topic: topic, name: name, from: from, options: options)
            return send([Request(.command(command))], of: client)
        }
        let number = (1...5).first { client.consumers[$0] == nil } ?? 6
        guard client.consumers[number] == nil else { return }
        client.consumers[number] = SimulatedClient.Consumer(
            topic: topic, subscription: name, window: Int(draw(1...10)),
            grace: isOne(in: 2) ? 0 : Int(draw(1...20_000)),
            creation: SimulatedClient.Creation(from: from, options: options))
        ask(client, number)
    }

    /// Whether a name is certainly free, so that what is made of it can be told from what had it before.
    private func reserve(_ title: String, _ client: SimulatedClient) -> Bool {
        guard let link = client.link, promises.isFree(title), reserved[title]?.isOver ?? true else { return false }
        reserved[title] = link
        return true
    }

    /// The one who asked for a name was answered.
    func release(_ command: Command) {
        switch command {
        case .createTopic(let name, _): reserved[name] = nil
        case .createSubscription(let topic, let name, _, _): reserved["\(topic)/\(name)"] = nil
        case .subscribe(let fields) where fields.from != nil:
            reserved["\(fields.topic)/\(fields.subscription)"] = nil
        default: break
        }
    }
}
