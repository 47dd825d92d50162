// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// The answer to `INFO topics`: those that the user may consume, in the order of their names.
///
/// Topics that are made or deleted meanwhile are in it or not; all others are in it once.
final class TopicsAnswer: LongAnswer {
    private var writer = JSONWriter()
    private var last: String?

    init() { writer.beginList() }

    func goOn(in broker: Broker, for connection: Connection) -> Reply? {
        while broker.answerRoom > 0 {
            let topics = broker.topicOrder.some(behind: last)
            guard !topics.isEmpty else {
                writer.endList()
                return .json(writer.bytes)
            }
            for (name, topic) in topics where broker.answerRoom > 0 {
                last = name
                guard connection.access.allows(.consume, name) else {
                    broker.answerRoom -= Broker.lookBytes
                    continue
                }
                let before = writer.bytes.count
                broker.info(topic).write(to: &writer)
                broker.answerRoom -= Broker.lookBytes + writer.bytes.count - before
            }
        }
        return nil
    }
}
