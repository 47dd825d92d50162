// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore

// The commands about topics and subscriptions as a whole.
extension CommandEncoder {
    static func writeAdministration(_ command: Command, _ buffer: inout ByteBuffer) {
        switch command {
        case .createTopic(let name, let options):
            write("CREATE topic", name, &buffer)
            write(options, &buffer)
        case .createSubscription(let topic, let name, let from, let options):
            write("CREATE subscription", topic, name, &buffer)
            if let from {
                buffer.writeStaticString(" from=")
                write(from, &buffer)
            }
            write(options, &buffer)
        case .alterTopic(let name, let options):
            write("ALTER topic", name, &buffer)
            write(options, &buffer)
        case .alterSubscription(let topic, let name, let options):
            write("ALTER subscription", topic, name, &buffer)
            write(options, &buffer)
        case .deleteTopic(let name): write("DELETE topic", name, &buffer)
        case .deleteSubscription(let topic, let name): write("DELETE subscription", topic, name, &buffer)
        case .pause(let topic, let name, let duration):
            write("PAUSE", topic, name, &buffer)
            buffer.writeOption(" for=", duration: duration)
        case .resume(let topic, let name): write("RESUME", topic, name, &buffer)
        case .seek(let topic, let name, let start):
            write("SEEK", topic, name, &buffer)
            buffer.writeInteger(ASCII.space)
            write(start, &buffer)
        case .purge(let topic, let before):
            write("PURGE", topic, &buffer)
            buffer.writeOption(" before=", number: before)
        case .redrive(let redrive): write(redrive, &buffer)
        case .stopRedrive(let topic, let name):
            write("REDRIVE", topic, name, &buffer)
            buffer.writeStaticString(" stop")
        case .info(let subject): write(subject, &buffer)
        default: preconditionFailure("it is about something else")
        }
    }

    private static func write(_ redrive: Redrive, _ buffer: inout ByteBuffer) {
        write("REDRIVE", redrive.topic, redrive.subscription, &buffer)
        buffer.writeOption(" id=", bytes: redrive.filter.id)
        buffer.writeOption(" reason=", text: redrive.filter.reason)
        buffer.writeOption(" code=", text: redrive.filter.code)
        buffer.writeOption(" key=", bytes: redrive.filter.key)
        buffer.writeOption(" since=", number: redrive.filter.since)
        buffer.writeOption(" until=", number: redrive.filter.until)
        buffer.writeOption(" rate=", number: redrive.rate)
        buffer.writeOption(" limit=", number: redrive.limit)
        if redrive.isDryRun { buffer.writeStaticString(" dry-run") }
    }

    private static func write(_ subject: InfoSubject, _ buffer: inout ByteBuffer) {
        switch subject {
        case .broker: buffer.writeStaticString("INFO")
        case .topics: buffer.writeStaticString("INFO topics")
        case .topic(let name): write("INFO topic", name, &buffer)
        case .subscription(let topic, let name): write("INFO subscription", topic, name, &buffer)
        case .consumers: buffer.writeStaticString("INFO consumers")
        case .leases(let topic, let name, let limit, let after):
            write("INFO leases", topic, name, &buffer)
            buffer.writeOption(" limit=", number: limit)
            if after > 0 { buffer.writeOption(" after=", number: after) }
        case .survey(let limit, let after):
            buffer.writeStaticString("INFO survey")
            buffer.writeOption(" limit=", number: limit)
            guard after != .start else { return }
            buffer.writeOption(" after=", number: after.topic)
            buffer.writeInteger(ASCII.dash)
            buffer.writeNumber(after.subscription)
        }
    }
}
