// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker

/// Writes metrics in the text format of Prometheus, version 0.0.4.
struct ExpositionWriter {
    /// What a metric is.
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    /// Labels of a sample, in their order.
    typealias Labels = [(name: String, value: String)]

    /// What has been written.
    private(set) var bytes: [UInt8] = []
    private var name = ""

    /// Begins a metric; its samples follow.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        write("# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n")
    }

    /// Writes a metric of one sample.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: UInt64) {
        begin(name, kind, help)
        sample(value)
    }

    /// Writes a sample that is a whole number.
    mutating func sample(_ value: UInt64, _ labels: Labels = []) {
        write("\(name)\(Self.text(labels)) \(value)\n")
    }

    /// Writes a sample.
    mutating func sample(_ value: Double, _ labels: Labels = []) {
        write("\(name)\(Self.text(labels)) \(value)\n")
    }

    /// Writes a histogram; `unit` is how many of its numbers make one of what is shown.
    mutating func histogram(_ name: String, _ help: String, _ histogram: Histogram, unit: Double) {
        begin(name, .histogram, help)
        var count: UInt64 = 0
        for (bound, some) in zip(histogram.bounds, histogram.counts) {
            count += some
            write("\(name)_bucket{le=\"\(Double(bound) / unit)\"} \(count)\n")
        }
        write("\(name)_bucket{le=\"+Inf\"} \(histogram.count)\n")
        write("\(name)_sum \(Double(histogram.sum) / unit)\n")
        write("\(name)_count \(histogram.count)\n")
    }

    private static func text(_ labels: Labels) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }

    private mutating func write(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
