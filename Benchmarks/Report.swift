// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// One measurement: who sent what, and what came of it.
struct Row: Codable, Sendable {
    var workload: String
    var size: Int
    var connections: Int
    /// Nil where the rate is given instead.
    var window: Int?
    var topics: Int
    var durability: Durability
    /// Messages per second that were asked for.
    var targetRate: Int?
    var messages: Int
    var seconds: Double?
    var messagesPerSecond: Double?
    /// What this row has of the row above it that it is compared with.
    ///
    /// Nil where it is compared with none.
    var share: Double?
    var latencies: [Latency] = []
    var cpuSecondsPerMillion: Double?
    var bytesWrittenPerMessage: Double?
    var anonymousBytes: Int?
    var fileBytes: Int?

    /// A row without results.
    init(_ name: String, _ workload: Workload, messages: Int) {
        self.workload = name + LoadSecurity.suffix
        size = workload.size
        connections = workload.connections
        window = workload.window
        topics = workload.topics
        durability = workload.durability
        self.messages = messages
    }

    /// Takes what the messages of this row, all of them sent in the measured time, have cost.
    mutating func take(_ measurement: Measurement) {
        func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
        let count = Double(messages)
        seconds = rounded(measurement.seconds)
        messagesPerSecond = measurement.seconds > 0 ? (count / measurement.seconds).rounded() : nil
        cpuSecondsPerMillion = measurement.cpuSeconds.map { rounded($0 / count * 1_000_000) }
        bytesWrittenPerMessage = measurement.writtenBytes.map { (Double($0) / count * 10).rounded() / 10 }
        anonymousBytes = measurement.anonymousBytes
    }

    /// Tells what this row has of the one that it is compared with.
    mutating func setShare(_ value: Double) {
        share = (value * 1_000).rounded() / 1_000
    }

    /// Takes the latencies.
    mutating func take(_ tally: Tally) {
        latencies = [tally.confirm.latency(of: "confirm"), tally.delivery.latency(of: "delivery")].compactMap(\.self)
    }
}

/// The rows, for people or for programs; the only part that prints.
struct Report {
    var rows: [Row]

    /// Prints the rows.
    func write(json: Bool) throws {
        guard json else { return print(table, terminator: "") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(rows), as: UTF8.self))
    }

    /// Draws the rows.
    func draw(into path: String) throws {
        try Data(Plot(rows: rows).svg.utf8).write(to: URL(filePath: path))
    }

    /// Says on a terminal what is going on, since a scenario takes its time.
    static func progress(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        let line = "... \(text)\n"
        _ = line.utf8.withContiguousStorageIfAvailable { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static let heading = [
        "workload", "B", "conns", "window", "topics", "durability", "messages", "msg/s", "share", "latency of",
        "p50 ms", "p90",
        "p99", "p99.9", "max", "cpu s/M", "B/msg", "anon MB", "file MB",
    ]

    /// A line for each row, and one more for each further latency of the row.
    var table: String {
        var lines = [Self.heading]
        for row in rows {
            let latencies = row.latencies.isEmpty ? [nil] : row.latencies.map(Optional.some)
            for (index, latency) in latencies.enumerated() {
                let isFirst = index == 0
                lines.append(
                    Self.load(row).map { isFirst ? $0 : "" } + Self.times(latency)
                        + Self.costs(row).map { isFirst ? $0 : "" })
            }
        }
        if rows.allSatisfy({ $0.share == nil }), let column = Self.heading.firstIndex(of: "share") {
            for index in lines.indices { lines[index].remove(at: column) }
        }
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let left: Set = ["workload", "durability", "latency of"]
        return lines.map { line in
            let cells = line.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return left.contains(lines[0][column]) ? cell + space : space + cell
            }
            var text = cells.joined(separator: "  ")
            while text.hasSuffix(" ") { text.removeLast() }
            return text + "\n"
        }.joined()
    }

    private static func load(_ row: Row) -> [String] {
        let name = row.targetRate.map { "\(row.workload) at \(Quantity($0))/s" } ?? row.workload
        return [
            name, "\(row.size)", "\(row.connections)", row.window.map { "\($0)" } ?? "-", "\(row.topics)",
            row.durability.rawValue, grouped(row.messages), row.messagesPerSecond.map { grouped(Int($0)) } ?? "-",
            row.share.map { decimal($0, digits: 2) } ?? "-",
        ]
    }

    private static func times(_ latency: Latency?) -> [String] {
        guard let latency else { return Array(repeating: "-", count: 6) }
        let times = [
            latency.p50Milliseconds, latency.p90Milliseconds, latency.p99Milliseconds, latency.p999Milliseconds,
            latency.maxMilliseconds,
        ]
        return [latency.of] + times.map { decimal($0, digits: $0 < 100 ? 2 : 0) }
    }

    private static func costs(_ row: Row) -> [String] {
        [
            row.cpuSecondsPerMillion.map { decimal($0, digits: 2) },
            row.bytesWrittenPerMessage.map { decimal($0, digits: 0) },
            row.anonymousBytes.map { decimal(Double($0) / 1_000_000, digits: 1) },
            row.fileBytes.map { decimal(Double($0) / 1_000_000, digits: 0) },
        ].map { $0 ?? "-" }
    }

    private static func grouped(_ number: Int) -> String {
        let digits = Array("\(number)")
        return digits.indices.map { index in
            index > 0 && (digits.count - index) % 3 == 0 ? ",\(digits[index])" : "\(digits[index])"
        }.joined()
    }

    private static func decimal(_ value: Double, digits: Int) -> String {
        let factor = digits == 2 ? 100 : digits == 1 ? 10 : 1
        let units = Int((value * Double(factor)).rounded())
        guard digits > 0 else { return grouped(units) }
        let fraction = "\(units % factor)"
        return grouped(units / factor) + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
