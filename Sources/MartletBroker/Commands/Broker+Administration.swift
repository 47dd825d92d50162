// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Commands that look after messages and subscriptions.
extension Broker {
    func administrate(_ command: Command, for connection: Connection) throws {
        switch command {
        case .publish(let request): try publish(request, for: connection)
        case .alterTopic(let name, let options): try alterTopic(name, options, for: connection)
        case .alterSubscription(let topic, let name, let options):
            try alterSubscription(topic, name, options, for: connection)
        case .pause(let topic, let name, let duration): try pause(topic, name, for: duration, by: connection)
        case .resume(let topic, let name): try resume(topic, name, by: connection)
        case .seek(let topic, let name, let target): try seek(topic, name, to: target, by: connection)
        case .cancel(let topic, let id): try cancel(topic, id, for: connection)
        case .reschedule(let topic, let id, let schedule): try reschedule(topic, id, to: schedule, for: connection)
        case .expect(let request): try expect(request, for: connection)
        case .unexpect(let process, let topic, let id): try unexpect(process, topic, id, for: connection)
        case .stopRedrive(let topic, let name): try stopRedrive(topic, name, for: connection)
        case .resolve(let request): try resolve(request, for: connection)
        case .scheduled, .parked, .why, .tree:
            pending(of: connection).add(Lookup.account(command, connection.access))
        default: preconditionFailure("a command is done elsewhere")
        }
    }

    /// Answers a question about messages with what is durable now.
    func answer(account command: Command, for access: Access) throws(StoreError) -> Reply {
        do {
            switch command {
            case .scheduled(let topic, let limit, let time, let number):
                return .json(try scheduled(topic, limit: limit, afterTime: time, afterNumber: number).json)
            case .parked(let topic, let name, let limit, let after):
                return .json(try parked((topic, name, limit, after)).json)
            case .why(let topic, let message, let subscription):
                let found = try explain(message, topic: topic, subscription: subscription)
                return .json(subscription == nil ? found.json : found[0].json)
            case .tree(let process, let limit): return .json(try tree(process, limit: limit, for: access).json)
            default: preconditionFailure("no question")
            }
        } catch let refusal as Refusal {
            return .refused(refusal)
        } catch let error as StoreError where error.code == .damaged {
            note(.damagedRow(error.description))
            return .refused(Refusal(.internal, error.description))
        } catch let error as StoreError {
            throw error
        } catch {
            preconditionFailure("neither a refusal nor a store's error: \(error)")
        }
    }
}
