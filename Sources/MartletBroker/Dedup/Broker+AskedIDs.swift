// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// What asks for ids waits until they are in memory: a step that reads them all would hold everybody up.
extension Broker {
    /// The topics whose ids a command asks for.
    func topicsAsked(by command: Command, of connection: Connection) -> [Topic] {
        switch command {
        case .publish(let request) where !request.id.isEmpty: topics[request.topic].map { [$0] } ?? []
        case .why(let topic, .id, _): topics[topic].map { [$0] } ?? []
        case .commit: connection.transaction?.topicsWithIDs.sorted().compactMap { topics[$0] } ?? []
        default: []
        }
    }

    /// The rest of some topics, from the first on whose ids are not in memory but are being read now; nil without one.
    ///
    /// One that was there is not asked again: should its ids have to go meanwhile, since there are too many of all,
    /// they are read at once.
    func unread(of topics: [Topic]) throws(StoreError) -> [Topic]? {
        var rest = topics[...]
        while let topic = rest.first {
            guard try hasIDs(topic) else { return Array(rest) }
            rest.removeFirst()
        }
        return nil
    }
}
