// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import MartletClient
import MartletModel

/// `martlet dead redrive`: has dead letters delivered again.
struct DeadRedriveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redrive",
        abstract: "Have dead letters delivered again to the subscription that gave them up.",
        discussion: """
              martlet dead redrive orders billing --dry-run
              martlet dead redrive orders billing --id o-17
              martlet dead redrive orders billing --code E42 --since 09:00 --watch
              martlet dead redrive orders billing --stop

            Without a filter all are meant, the oldest first. It is a job of the broker
            that goes on when this command has ended, and over a restart; it stops by
            itself when half of the last 20 die again. --watch shows how it goes on.
            """)

    @OptionGroup var place: SubscriptionPlace

    @Option(help: "Only the message with this id.")
    var id: String?

    @Option(help: "Only what died for this reason: \(Redrive.Filter.reasons.joined(separator: ", ")).")
    var reason: String?

    @Option(help: "Only what died with this error code.")
    var code: String?

    @Option(help: "Only messages with this key.")
    var key: String?

    @Option(help: ArgumentHelp("Only what died at this time or later, such as 09:00.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only what died before this time.", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("How many a second.", valueName: "n"))
    var rate = 100

    @Option(help: ArgumentHelp("How many at most.", valueName: "n"))
    var limit: UInt64?

    @Flag(help: "Only tell how many are meant.")
    var dryRun = false

    @Flag(help: "Stop the redrive that goes on.")
    var stop = false

    @Flag(help: "Show how it goes on until it is done; Ctrl-C ends the showing, not the redrive.")
    var watch = false

    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try command()
        if stop, dryRun || watch { throw ValidationError("--stop stands alone") }
        if dryRun, watch { throw ValidationError("--dry-run and --watch: a dry run does nothing that can be watched") }
    }

    func run() throws {
        try client.withConnection { connection, _ in
            let reply = try connection.request(try command())
            let count = reply.fields.first.flatMap { Int($0) } ?? 0
            let letters = count == 1 ? "1 dead letter" : "\(count) dead letters"
            let name = "\(place.subscription) of \(place.topic)"
            if stop { return try StandardOutput.write("stopped; \(letters) of \(name) were left\n") }
            if dryRun { return try StandardOutput.write("\(letters) of \(name) would be delivered again\n") }
            try StandardOutput.write("\(letters) of \(name) will be delivered again\n")
            if watch { try follow(connection) }
        }
    }

    /// What the broker is asked to do.
    func command() throws -> Command {
        if stop { return .stopRedrive(topic: place.topic, name: place.subscription) }
        var redrive = Redrive(topic: place.topic, subscription: place.subscription)
        redrive.filter.id = try id.map { try MessageArgument.identifier($0, "--id") }
        redrive.filter.key = try key.map { try MessageArgument.identifier($0, "--key") }
        if let reason, !Redrive.Filter.reasons.contains(reason) {
            throw ValidationError(
                "--reason '\(reason)': expected one of \(Redrive.Filter.reasons.joined(separator: ", "))")
        }
        (redrive.filter.reason, redrive.filter.code) = (reason, code)
        redrive.filter.since = try since.map { try TimeArgument.option("--since", $0, .past) }
        redrive.filter.until = try until.map { try TimeArgument.option("--until", $0, .past) }
        guard rate >= 1 else { throw ValidationError("--rate \(rate): expected a number from 1") }
        (redrive.rate, redrive.limit, redrive.isDryRun) = (rate, limit, dryRun)
        return .redrive(redrive)
    }

    /// Tells how many are done until all are.
    private func follow(_ connection: BlockingConnection) throws {
        let signal = try Interruption.watch()
        let subject = InfoSubject.subscription(topic: place.topic, name: place.subscription)
        var last: Int?
        while Interruption.signal == nil, let job = try connection.value(.info(subject))["redrive"] {
            if last != job.count("done") {
                try StandardOutput.write("\(job.count("done")) of \(job.count("meant"))\n")
                last = job.count("done")
            }
            var wait = pollfd(fd: signal, events: Int16(POLLIN), revents: 0)
            poll(&wait, 1, 500)
        }
        guard Interruption.signal == nil else { return }
        let info = try connection.value(.info(subject))
        try StandardOutput.write("done; \(info.count("dead")) dead letters now\n")
    }
}
