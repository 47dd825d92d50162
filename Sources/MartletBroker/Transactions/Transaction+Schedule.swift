// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

extension Transaction {
    /// What a command about scheduled messages or expectations is within a transaction, and the bytes that it holds.
    ///
    /// Nil when it cannot be part of one.
    static func operation(of command: Command) -> (Operation, bytes: Int)? {
        switch command {
        case .publish(let request):
            let named = request.id.count + request.key.count + request.process.count + request.cause.count
            return (.timed(request), request.body.count + request.headers.count + named)
        case .cancel(let topic, let id): return (.cancel(topic: topic, id: id), id.count)
        case .reschedule(let topic, let id, let schedule):
            return (.reschedule(topic: topic, id: id, to: schedule), id.count)
        case .expect(let request): return (.expect(request), request.process.count + request.id.count)
        case .unexpect(let process, let topic, let id):
            return (.unexpect(process: process, topic: topic, id: id), process.count + id.count)
        default: return nil
        }
    }
}
