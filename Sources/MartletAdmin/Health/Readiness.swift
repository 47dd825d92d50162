// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletBroker
import MartletModel
import MartletService

/// Whether the broker takes publishes.
enum Readiness {
    /// What is answered, with the reason when it is not ready.
    static func answer(_ call: Call) async throws -> AdminAnswer {
        let reason: String?
        do {
            // It says nothing of what is stored, so no token is needed.
            if case .reply(.broker(let info)) = try await call.site.callers.anyone.ask(.info(.broker)) {
                reason = info.storage.full ? "the store is full: publishes are refused until there is room" : nil
            } else {
                reason = "the broker answered something else"
            }
        } catch let refusal as Refusal {
            reason = refusal.text
        }
        var answer = AdminAnswer { writer in
            writer.object { writer in
                if let reason { writer.member("reason", reason) }
                writer.member("status", reason == nil ? "ready" : "not ready")
            }
        }
        if reason != nil { answer.status = .serviceUnavailable }
        return answer
    }
}
