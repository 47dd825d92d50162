// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Reads the text format of Prometheus, strictly as its description says (version 0.0.4).
struct ExpositionParser {
    /// What is wrong, and in which line.
    struct Fault: Error, CustomStringConvertible {
        let line: Int
        let text: String
        var description: String { "line \(line): \(text)" }
    }

    /// A number with its labels.
    struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    /// A metric.
    struct Family {
        let type: String
        var samples: [Sample] = []
    }

    /// The metrics by their names.
    private(set) var families: [String: Family] = [:]
    private var helped: Set<String> = []
    private var current: String?
    private var series: Set<String> = []

    /// Reads a page.
    init(_ page: String) throws {
        guard page.hasSuffix("\n") else { throw Fault(line: 0, text: "the last line has no end") }
        for (index, line) in page.split(separator: "\n", omittingEmptySubsequences: false).dropLast().enumerated() {
            try read(line, index + 1)
        }
        try checkHistograms()
    }

    private mutating func read(_ line: Substring, _ number: Int) throws {
        func fault(_ text: String) -> Fault { Fault(line: number, text: "\(text): \(line)") }
        if line.hasPrefix("# HELP ") {
            let name = String(line.dropFirst(7).prefix { $0 != " " })
            guard helped.insert(name).inserted else { throw fault("a second HELP") }
            return
        }
        if line.hasPrefix("# TYPE ") {
            let words = line.dropFirst(7).split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 2, ["counter", "gauge", "histogram"].contains(words[1]) else { throw fault("TYPE") }
            let name = String(words[0])
            guard Self.isName(name), families[name] == nil else { throw fault("a second TYPE, or no name") }
            guard words[1] != "counter" || name.hasSuffix("_total") else { throw fault("a counter's name") }
            families[name] = Family(type: String(words[1]))
            current = name
            return
        }
        guard !line.hasPrefix("#"), !line.isEmpty else { throw fault("an empty line or a comment") }
        guard let sample = Self.sample(line) else { throw fault("no sample") }
        guard let current, var family = families[current] else { throw fault("a sample before its TYPE") }
        let suffixes = family.type == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        guard suffixes.contains(where: { sample.name == current + $0 }) else { throw fault("another metric's sample") }
        let key =
            sample.name + sample.labels.sorted { $0.key < $1.key }.map { "\u{1}\($0.key)\u{2}\($0.value)" }.joined()
        guard series.insert(key).inserted else { throw fault("a second sample of a series") }
        if family.type != "gauge", sample.value < 0 { throw fault("less than nothing") }
        family.samples.append(sample)
        families[current] = family
    }

    private static func isName(_ name: String) -> Bool {
        name.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) != nil
    }

    private static func sample(_ line: Substring) -> Sample? {
        var rest = line
        let name = rest.prefix { $0 != "{" && $0 != " " }
        rest = rest.dropFirst(name.count)
        guard isName(String(name)) else { return nil }
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                let label = rest.prefix { $0 != "=" }
                rest = rest.dropFirst(label.count)
                guard label.wholeMatch(of: /[a-zA-Z_][a-zA-Z0-9_]*/) != nil, rest.hasPrefix("=\"") else { return nil }
                rest = rest.dropFirst(2)
                var value = ""
                while let character = rest.popFirst(), character != "\"" {
                    guard character == "\\" else {
                        value.append(character)
                        continue
                    }
                    switch rest.popFirst() {
                    case "n": value.append("\n")
                    case "\\": value.append("\\")
                    case "\"": value.append("\"")
                    default: return nil
                    }
                }
                guard labels.updateValue(value, forKey: String(label)) == nil else { return nil }
                if rest.first == "," { rest = rest.dropFirst() } else if rest.first != "}" { return nil }
            }
            rest = rest.dropFirst()
        }
        guard rest.first == " ", let value = Double(rest.dropFirst()) else { return nil }
        return Sample(name: String(name), labels: labels, value: value)
    }

    /// The buckets of a histogram count up to its number of values, and the last one has no bound.
    private func checkHistograms() throws {
        for (name, family) in families where family.type == "histogram" {
            func fault(_ text: String) -> Fault { Fault(line: 0, text: "\(name): \(text)") }
            let buckets = family.samples.filter { $0.name == name + "_bucket" }
            let bounds = buckets.compactMap { $0.labels["le"].flatMap { Double($0 == "+Inf" ? "inf" : $0) } }
            guard bounds.count == buckets.count, bounds == bounds.sorted(), bounds.last == .infinity else {
                throw fault("bounds")
            }
            guard buckets.map(\.value) == buckets.map(\.value).sorted() else { throw fault("buckets do not add up") }
            let count = family.samples.first { $0.name == name + "_count" }?.value
            guard count == buckets.last?.value, family.samples.contains(where: { $0.name == name + "_sum" }) else {
                throw fault("count or sum")
            }
        }
    }

    /// The value of a series; nil when there is none.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        families.values.lazy.flatMap(\.samples).first { $0.name == name && $0.labels == labels }?.value
    }
}
