// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletBroker
import MartletModel
import MartletService

// How each event is told.
extension LogEntry {
    /// The line about an event of the core.
    init(_ notice: Notice) {
        switch notice {
        case .deadLetter(let topic, let subscription, let offset, let reason, let failures):
            self.init(
                .warning, "dead-letter", topic: topic, subscription: subscription,
                "a message became a dead letter; it is kept in $dead.\(topic).\(subscription)",
                ["offset": "\(offset)", "reason": reason, "failures": "\(failures)"])
        case .lost(let topic, let subscription, let first, let last, let count):
            self.init(
                .warning, "lost", topic: topic, subscription: subscription,
                "retention dropped messages that were not settled",
                ["first": "\(first)", "last": "\(last)", "count": "\(count)"])
        case .damagedMessages(let topic, let first, let last):
            self.init(
                .error, "damaged-messages", topic: topic,
                "messages cannot be read: the data file is damaged here; they are skipped",
                ["first": "\(first)", "last": "\(last)"])
        case .damagedRow(let text):
            self.init(.error, "damaged-row", "the data file is damaged", ["cause": text])
        case .topicDeleted(let topic, let client):
            // A client says what it likes of itself, line breaks too.
            self.init(
                .notice, "topic-deleted", topic: topic, "the topic was deleted", ["client": client.debugDescription])
        case .subscriptionEnded(let topic, let subscription, let reason, let unsettled):
            self.init(
                .notice, "subscription-\(reason)", topic: topic, subscription: subscription,
                "the subscription was \(reason == "expired" ? "removed: it had no consumer for too long" : reason)",
                ["unsettled": "\(unsettled)"])
        case .sought(let topic, let subscription, let offset, let client):
            self.init(
                .notice, "seek", topic: topic, subscription: subscription, "the position was set elsewhere",
                ["offset": "\(offset)", "client": client.debugDescription])
        case .redriven(let topic, let subscription, let meant, let done, let stopped):
            self.init(
                .notice, "redrive-done", topic: topic, subscription: subscription,
                stopped ? "the redrive was stopped" : "the redrive is over",
                ["meant": "\(meant)", "redriven": "\(done)"])
        case .idle(let topic, let subscription, let backlog):
            self.init(
                .warning, "idle", topic: topic, subscription: subscription,
                "messages wait, and no consumer has been attached for long", ["backlog": "\(backlog)"])
        case .more(let count):
            self.init(.warning, "more", "more happened at once than is told one by one", ["events": "\(count)"])
        }
    }

    /// The line about an event of the service.
    init(_ notice: ServiceNotice) {
        switch notice {
        case .broker(let notice): self.init(notice)
        case .recovered(let batches, let isCut):
            self.init(
                .notice, "recovered",
                "the broker had not been stopped in order: what was confirmed last was taken from the journal"
                    + (isCut ? "; the write that was cut short there was never confirmed" : ""),
                ["batches": "\(batches)"])
        case .slowCommit(let milliseconds, let operations):
            self.init(
                .warning, "slow-commit", "a commit took long; nothing was confirmed meanwhile",
                ["milliseconds": "\(milliseconds)", "operations": "\(operations)"])
        case .paused(let milliseconds):
            self.init(
                .warning, "paused",
                "the broker could not run: the process or the machine stood still, or had no processor; "
                    + "no lease counts it",
                ["milliseconds": "\(milliseconds)"])
        case .full(let room):
            self.init(
                .error, "full",
                "the store is full: publishes are refused, everything else works. \(Self.advice(room))",
                Self.numbers(room))
        case .notFull(let room):
            self.init(.notice, "not-full", "the store has room again: publishes are taken", Self.numbers(room))
        }
    }

    /// What helps depends on what is short.
    private static func advice(_ room: ServiceNotice.Room) -> String {
        let isDisk = room.diskFree < room.limit - min(room.used, room.limit)
        return "PURGE or DELETE what is not needed, settle what waits in topics that keep unsettled messages, or "
            + (isDisk ? "make room on the disk" : "raise storage.map-size")
    }

    private static func numbers(_ room: ServiceNotice.Room) -> [String: String] {
        ["used": "\(room.used)", "limit": "\(room.limit)", "disk-free": "\(room.diskFree)"]
    }

    /// The line about an event of the server.
    init(_ notice: ServerNotice) {
        switch notice {
        case .started(let host, let port, let folder, let milliseconds):
            self.init(
                .info, "started", "started",
                [
                    "address": "\(host):\(port)", "data": folder.debugDescription,
                    "recovery-milliseconds": "\(milliseconds)",
                ])
        case .stopped(let publishes, let commands):
            self.init(
                .info, "stopped", "stopped; what was taken was answered",
                ["publishes": "\(publishes)", "commands": "\(commands)"])
        case .connectionRefused(let limit):
            self.init(
                .warning, "connection-refused", "a connection was refused: server.max-connections is reached",
                ["limit": "\(limit)"])
        case .strangerRefused(let address, let limit): self.init(strangerFrom: address, limit)
        case .connectionClosed(_, .notAdmitted(let address)):
            self.init(
                .warning, "not-admitted", address: address,
                "a client was not let in: it showed no token or certificate of a user")
        case .connectionClosed(let id, let reason): self.init(id, reason)
        case .acceptingPaused(let error):
            self.init(
                .error, "accepting-paused",
                "no connections are accepted for now: the system has no descriptors or memory left for them; "
                    + "those that are open are served", ["cause": error])
        case .acceptingAgain: self.init(.notice, "accepting-again", "connections are accepted again")
        case .fewDescriptors(let limit, let connections):
            self.init(
                .warning, "few-descriptors",
                "the process may open fewer files than server.max-connections needs; raise its limit (ulimit -n) or "
                    + "lower the setting", ["limit": "\(limit)", "max-connections": "\(connections)"])
        case .certificatesRead:
            self.init(
                .notice, "certificates-read",
                "the certificates were read again: new connections use them, open ones go on as they are")
        case .certificatesKept(let error):
            self.init(
                .error, "certificates-kept",
                "the certificates cannot be used, so those that were read before stay in use", ["cause": error])
        case .certificateEnds(let days):
            self.init(
                .warning, "certificate-ends",
                "the certificate of server.tls-certificate "
                    + (days < 0 ? "has expired" : "expires in \(days) days") + "; clients refuse it then",
                ["days": "\(days)"])
        }
    }

    private init(strangerFrom address: String, _ limit: PendingConnections.Limit) {
        let (setting, number): (String, Int) =
            switch limit {
            case .ofAddress(let number): ("server.max-unauthenticated-per-address", number)
            case .ofAll(let number): ("server.max-unauthenticated", number)
            }
        self.init(
            .warning, "stranger-refused", address: address,
            "a connection was refused: as many as \(setting) allows have not said who they are", ["limit": "\(number)"])
    }

    private init(_ id: ConnectionID, _ reason: CloseReason) {
        let (level, kind, text): (Logger.Level, String, String) =
            switch reason {
            case .slowReader: (.warning, "slow-reader", "the client does not read what it asked for")
            case .stalled: (.warning, "stalled", "the client takes nothing of what waits for it")
            case .silent: (.info, "silent", "the client was silent for two heartbeats")
            case .unfinishedFrame: (.info, "unfinished-frame", "the client does not go on with what it began to send")
            case .noHello(let code):
                (.info, "no-hello", "the client did not say a HELLO that is accepted (\(code.rawValue))")
            case .badFrame(let code): (.warning, "bad-frame", "the client sent what cannot be read (\(code.rawValue))")
            case .notAdmitted: (.warning, "not-admitted", "the client showed no token or certificate of a user")
            case .accessChanged: (.notice, "access-changed", "its user is gone, or has other rights now")
            case .memory:
                (.warning, "memory", "too much waits for all clients together, and this one is the slowest")
            case .unexpectedTLS:
                (
                    .warning, "unexpected-tls",
                    "the client speaks TLS, and this port does not; it has to use martlet://, or the broker needs "
                        + "server.tls-certificate"
                )
            case .plaintext:
                (
                    .warning, "plaintext",
                    "the client speaks no TLS, and this port speaks nothing else; it has to use martlets://"
                )
            case .noHandshake: (.info, "no-handshake", "the client did not finish the handshake of TLS in time")
            case .badHandshake(let text): (.warning, "bad-handshake", "the handshake of TLS failed: \(text)")
            case .badRecord(let text): (.warning, "bad-record", "TLS failed: \(text)")
            }
        self.init(level, "closed-\(kind)", "closed a connection: \(text)", ["connection": "\(id.value)"])
    }
}
