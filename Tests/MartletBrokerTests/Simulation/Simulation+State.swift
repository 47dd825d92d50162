// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Clients keep state: transactions, records, receipts; and at the end they handle all that is left.
extension Simulation {
    /// A message in, a message out, and a record, in one transaction.
    func transact(_ client: SimulatedClient) {
        nextTransaction += 1
        let publication = makePublication(pick(Self.topics) ?? "", hasID: isOne(in: 2))
        let id = "tx-\(nextTransaction)"
        let transaction = SimulatedTransaction(id: id, publication: publication, key: id)
        promises.transactions.append(transaction)
        let record = SetRecord(
            space: Promises.space, key: Array(id.utf8), expected: .exactly(0), value: Array(publication.body.utf8))
        var kinds: [Request.Kind] = [
            .command(.begin(id: Array(id.utf8), refusal: nil)), .publish(publication), .command(.set(record)),
        ]
        for number in client.consumers.keys.sorted() {
            guard let consumer = client.consumers[number], consumer.isAttached, let first = consumer.held.first else {
                continue
            }
            client.consumers[number]?.held.removeFirst()
            kinds.append(
                .command(.settle(Settle(verb: .ack, consumer: number, tags: [first.tag...first.tag]))))
            break
        }
        // It may think before it commits, longer than a transaction may be open.
        if isOne(in: 4) { client.open = transaction } else { kinds.append(.command(.commit)) }
        send(kinds.map { Request($0, transaction: transaction) }, of: client)
    }

    func commit(_ transaction: SimulatedTransaction, of client: SimulatedClient) {
        client.open = nil
        send([Request(.command(.commit), transaction: transaction)], of: client)
    }

    func changeRecord(_ client: SimulatedClient) {
        let key = pick(Self.keys) ?? ""
        guard let version = client.versions[key], !isOne(in: 3) else {
            return send([Request(.command(.get(space: Promises.space, key: Array(key.utf8))))], of: client)
        }
        nextMessage += 1
        let set = SetRecord(
            space: Promises.space, key: Array(key.utf8), expected: .exactly(version),
            value: Array("v\(nextMessage)".utf8))
        send([Request(.command(.set(set)))], of: client)
    }

    func writeReceipt(_ client: SimulatedClient) {
        for number in client.consumers.keys.sorted() {
            guard let consumer = client.consumers[number], consumer.isAttached, let first = consumer.held.first,
                promises.publication(consumer.topic, first.offset)?.id.isEmpty == true
            else { continue }
            let receipt = WriteReceipt(consumer: number, key: Array("#\(first.offset)".utf8), outcome: "done")
            return send([Request(.command(.receipt(receipt)))], of: client)
        }
    }

    /// Once faults have stopped a client finds out what it does not know, and acks all that comes.
    func end(_ client: SimulatedClient) {
        if let transaction = client.open { return commit(transaction, of: client) }
        guard client.link?.asked.isEmpty == true else { return }
        if !client.unanswered.isEmpty || !client.doubtful.isEmpty { return resolve(client) }
        for number in client.consumers.keys.sorted() {
            guard let consumer = client.consumers[number] else { continue }
            if !consumer.isAsked { return ask(client, number) }
            if consumer.window == 0 {
                client.consumers[number]?.window = 10
                return send([Request(.command(.window(consumer: number, window: 10)))], of: client)
            }
            guard !consumer.held.isEmpty else { continue }
            client.consumers[number]?.held = []
            return settle(client, number, .ack, consumer.held.map(\.tag))
        }
        // The first client serves every subscription.
        guard client.place == 0 else { return }
        for ledger in promises.living where !ledger.settings.ephemeral {
            let isServed = client.consumers.values.contains {
                $0.topic == ledger.topic && $0.subscription == ledger.name
            }
            if !isServed { return add(client, (client.link?.highestNumber ?? 0) + 1, ledger) }
        }
    }
}
