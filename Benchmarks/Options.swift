// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient

/// A number as people write it: `1000000`, `1_000_000`, `250k` or `1M`.
struct Quantity: ExpressibleByArgument, CustomStringConvertible, Equatable {
    var value: Int

    init(_ value: Int) {
        self.value = value
    }

    init?(argument: String) {
        var digits = argument.filter { $0 != "_" }
        var factor = 1
        if digits.hasSuffix("k") { factor = 1_000 }
        if digits.hasSuffix("M") { factor = 1_000_000 }
        if factor > 1 { digits.removeLast() }
        guard digits.allSatisfy(\.isNumber), let number = Int(digits) else { return nil }
        let (value, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        self.value = value
    }

    var description: String {
        if value > 0, value % 1_000_000 == 0 { return "\(value / 1_000_000)M" }
        if value > 0, value % 1_000 == 0 { return "\(value / 1_000)k" }
        return "\(value)"
    }
}

/// Ascending numbers with commas between them: `1M,10M`.
struct Quantities: ExpressibleByArgument, CustomStringConvertible {
    var values: [Int]

    init(_ values: Int...) {
        self.values = values
    }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { Quantity(argument: String($0))?.value }
        guard values.count == parts.count, values.first ?? 0 > 0 else { return nil }
        guard zip(values, values.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
        self.values = values
    }

    var description: String { values.map { Quantity($0).description }.joined(separator: ",") }
}

/// What a confirm promises.
enum Durability: String, ExpressibleByArgument, CaseIterable, Codable, Sendable {
    /// The message is committed and flushed.
    case durable
}

/// Where a broker listens.
struct ServerAddress: ExpressibleByArgument, Sendable {
    var host: String
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads what the client library reads too.
    init?(argument: String) {
        let scheme = ["martlet://", "martlets://"].first { argument.hasPrefix($0) } ?? ""
        guard let address = ClientConfiguration.Address(argument.dropFirst(scheme.count)) else { return nil }
        self.init(host: address.host, port: address.port)
    }
}

/// The load, as every scenario takes it.
struct LoadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Bytes of a message's body.", valueName: "bytes"))
    var size = Quantity(128)

    @Option(help: ArgumentHelp("Publishing connections.", valueName: "n"))
    var connections = Quantity(8)

    @Option(help: ArgumentHelp("Publishes that a connection may have unanswered.", valueName: "n"))
    var window = Quantity(256)

    @Option(help: ArgumentHelp("Topics that the messages are spread over.", valueName: "n"))
    var topics = Quantity(1)

    @Option(help: ArgumentHelp("What a confirm promises; there is only 'durable': flushed.", valueName: "level"))
    var durability = Durability.durable

    @Flag(help: "Speak TLS with the broker.")
    var tls = false

    @Flag(help: "Print JSON, for programs.")
    var json = false

    @Option(help: ArgumentHelp("Draw the rows into this file too.", valueName: "file.svg"))
    var plot: String?

    func validate() throws {
        if tls { try LoadSecurity.turnOn() }
        try check("--size", size, 0...16 << 20)
        try check("--connections", connections, 1...500)
        try check("--window", window, 1...1_000_000)
        try check("--topics", topics, 1...100_000)
    }

    private func check(_ name: String, _ quantity: Quantity, _ range: ClosedRange<Int>) throws {
        guard range.contains(quantity.value) else {
            throw ValidationError(
                "\(name) is \(quantity); expected a number from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// The load that was asked for.
    var workload: Workload {
        Workload(
            size: size.value, connections: connections.value, window: window.value, topics: topics.value,
            durability: durability)
    }

    /// Prints rows as they were asked for.
    func report(_ rows: [Row]) throws {
        let report = Report(rows: rows)
        try report.write(json: json)
        if let plot { try report.draw(into: plot) }
    }
}

/// What the scenarios take that can do with a broker that runs already.
struct ServerOption: ParsableArguments {
    @Option(help: ArgumentHelp("Load this broker, not one of our own.", valueName: "host:port"))
    var server: ServerAddress?
}

/// Who sends what: the name of a row.
struct Workload: Sendable {
    var size = 128
    var connections = 8
    var window = 256
    var topics = 1
    var durability = Durability.durable
    /// What each publish says beside its topic and size.
    var options: [PublishOption] = []

    /// Whether every message has an id, so that the broker looks for a repeat.
    var hasIDs: Bool { options.contains(.id) }

    /// The same with another option.
    func with(_ option: PublishOption) -> Workload {
        var workload = self
        workload.options.append(option)
        return workload
    }
}
