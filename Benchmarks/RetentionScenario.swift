// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc

/// `retention`: whether the file keeps its size when messages come and go.
struct RetentionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "Fill and drain a topic with retention=work again and again.",
        discussion: """
            Publishes, then takes and acks everything, and waits until the topic is empty,
            in turns. 'file MB' is the length of the file, less that of a broker without
            messages. 'share' is that size as a part of the content: the bytes of
            the records when the topic was full. The rate is the median of the fillings.
            """)

    @Option(help: ArgumentHelp("Messages of each filling.", valueName: "n"))
    var count = Quantity(1_000_000)

    @Option(help: ArgumentHelp("Fillings.", valueName: "n"))
    var fillings = Quantity(20)

    @OptionGroup var size: SizeOption
    @OptionGroup var load: LoadOptions

    func validate() throws {
        guard (1...1_000).contains(fillings.value) else {
            throw ValidationError("--fillings is \(fillings); expected a number from 1 to 1000")
        }
    }

    func run() throws {
        try load.report(
            RetentionScenario.run(load.workload, count: size.sized(count), fillings: fillings.value))
    }
}

/// A topic whose messages go when they are settled.
enum RetentionScenario {
    private static let patience: UInt64 = 60_000_000_000

    /// - Returns: a row for the first filling and one for all of them.
    static func run(_ workload: Workload, count: Int, fillings: Int) throws -> [Row] {
        try BrokerProcess.with { process in
            let broker = BrokerUnderLoad(address: process.address, process: process)
            let control = try LoadConnection(broker.address, stop: StopSign())
            let topics = Topics(count: workload.topics)
            let empty = process.fileLength
            for name in topics.names { try control.request("CREATE topic \(name) retention=work") }
            try topics.createSubscriptions(through: control)
            var rows: [Row] = []
            var content = 0
            for filling in 1...fillings {
                Report.progress("retention: filling \(filling) of \(fillings)")
                var row = try PublishScenario.fill(
                    broker, workload, count: count, topics: topics, name: "retention=work")
                content = max(content, try total(topics, through: control).bytes)
                _ = try Drain.run(broker, name: "drain", workload, count: count, topics: topics)
                try waitUntilEmpty(topics, through: control)
                row.fileBytes = process.fileLength - empty
                row.setShare(Double(process.fileLength - empty) / Double(max(content, 1)))
                rows.append(row)
            }
            return summary(rows)
        }
    }

    private static func summary(_ rows: [Row]) -> [Row] {
        var last = rows.sorted { ($0.messagesPerSecond ?? 0) < ($1.messagesPerSecond ?? 0) }[rows.count / 2]
        last.fileBytes = rows.map { $0.fileBytes ?? 0 }.max()
        last.share = rows.compactMap(\.share).max()
        last.anonymousBytes = rows.last?.anonymousBytes
        return zip(rows.count > 1 ? [rows[0], last] : [last], [1, rows.count]).map { row, fillings in
            var row = row
            row.workload += fillings == 1 ? ", 1 filling" : ", largest of \(fillings) fillings"
            return row
        }
    }

    private struct Kept: Decodable {
        var messages = 0
        var bytes = 0
    }

    private static func total(_ topics: Topics, through control: LoadConnection) throws -> Kept {
        try topics.names.reduce(into: Kept()) { sum, name in
            let kept = try JSONDecoder().decode(Kept.self, from: Data(control.data("INFO topic \(name)")))
            sum.messages += kept.messages
            sum.bytes += kept.bytes
        }
    }

    /// Messages go in slices, some time after they were settled.
    private static func waitUntilEmpty(_ topics: Topics, through control: LoadConnection) throws {
        let end = SteadyClock.now() + patience
        var kept = try total(topics, through: control)
        while kept.messages > 0 {
            guard SteadyClock.now() < end else {
                throw BenchmarkFailure("the topic still keeps \(kept.messages) messages a minute after the last ack")
            }
            usleep(10_000)
            kept = try total(topics, through: control)
        }
    }
}
