// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletLock

/// `backup`: what a backup costs those who publish meanwhile.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Publish alone, and beside backups of the data.",
        discussion: """
            Fills a topic, publishes as much again alone, and then once more while one backup
            after another is made of the data by 'martlet backup', each of them checked. 'share'
            of the second row is its rate as a part of the first. The rows of backups count
            the messages that were in one; 'file MB' is by how much the data file grew
            while one was read, at most: pages that are freed cannot be used again then.
            """)

    @Option(help: ArgumentHelp("Messages that are there, and messages of each row.", valueName: "n"))
    var count = Quantity(1_000_000)

    @OptionGroup var load: LoadOptions

    func run() throws {
        try load.report(BackupScenario.run(load.workload, count: count.value))
    }
}

/// Backups under load.
enum BackupScenario {
    /// The backups that were made beside the load.
    private final class Made: Sendable {
        let figures = Lock<[BackupFigures]>([])
        let isOver = Lock(false)
        /// When the load ended.
        let end = Lock<UInt64>(0)
    }

    static func run(_ workload: Workload, count: Int) throws -> [Row] {
        try BrokerProcess.with { process in
            let broker = BrokerUnderLoad(address: process.address, process: process)
            let topics = Topics(count: workload.topics)
            Report.progress("backup: filling, and publishing alone")
            _ = try PublishScenario.fill(broker, workload, count: count, topics: topics, name: "fill")
            let alone = try PublishScenario.fill(broker, workload, count: count, topics: topics, name: "publish")
            let maker = BackupMaker(process)
            var quiet = try row(workload, [maker.make()], name: "backup, idle broker")
            quiet.window = nil
            Report.progress("backup: publishing beside backups")
            let made = Made()
            let stop = StopSign()
            let backups: LoadThreads.Job = {
                while !made.isOver.withLock({ $0 }) {
                    let figures = try maker.make()
                    made.figures.withLock { $0.append(figures) }
                }
                return Tally()
            }
            let jobs = Publisher.jobs(
                workload, count: count, topics: topics, address: broker.address, isStamping: false, stop: stop)
            let publishing: LoadThreads.Job = {
                defer {
                    made.end.withLock { $0 = SteadyClock.now() }
                    made.isOver.withLock { $0 = true }
                }
                return try LoadThreads.run(jobs, stop: stop)
            }
            var measurement = Measurement(of: broker)
            let tally = try LoadThreads.run([publishing, backups], stop: stop)
            measurement.finish(at: made.end.withLock { $0 })
            var beside = Row("publish beside backups", workload, messages: count)
            beside.take(measurement)
            beside.take(tally)
            beside.setShare((beside.messagesPerSecond ?? 0) / max(alone.messagesPerSecond ?? 1, 1))
            var busy = row(workload, made.figures.withLock { $0 }, name: "backup under load")
            busy.window = nil
            return [alone, beside, quiet, busy]
        }
    }

    private static func row(_ workload: Workload, _ figures: [BackupFigures], name: String) -> Row {
        let bytes = figures.reduce(0) { $0 + $1.bytes }
        let time = figures.reduce(0) { $0 + $1.milliseconds }
        let rate = time > 0 ? bytes / time / 1_000 : 0
        var row = Row("\(name), \(rate) MB/s", workload, messages: figures.reduce(0) { $0 + $1.messages })
        row.seconds = Double(time) / 1_000
        row.messagesPerSecond = time > 0 ? (Double(row.messages) / Double(time) * 1_000).rounded() : nil
        row.fileBytes = figures.map(\.grown).max()
        return row
    }
}
