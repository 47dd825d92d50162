// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import FoundationXML
import Testing

@testable import Benchmarks

/// The picture of rows.
struct PlotTests {
    /// The elements of a picture of one kind, such as all bars, as their attributes.
    private final class Reader: NSObject, XMLParserDelegate {
        var elements: [(kind: String, attributes: [String: String])] = []
        var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String] = [:]
        ) {
            elements.append((attributes["class"] ?? name, attributes))
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    }

    private func read(_ rows: [Row]) throws -> Reader {
        let reader = Reader()
        let parser = XMLParser(data: Data(Plot(rows: rows).svg.utf8))
        parser.delegate = reader
        try #require(parser.parse())
        return reader
    }

    private func numbers(_ attribute: String, of kind: String, in reader: Reader) -> [Int] {
        reader.elements.filter { $0.kind == kind }.compactMap { $0.attributes[attribute].flatMap { Int($0) } }
    }

    private func row(_ name: String, rate: Double? = nil, latency: (Double, Double, Double)? = nil) -> Row {
        var row = Row(name, Workload(), messages: 1_000)
        row.messagesPerSecond = rate
        if let latency {
            row.latencies = [
                Latency(
                    of: "confirm", p50Milliseconds: latency.0, p90Milliseconds: latency.0, p99Milliseconds: latency.1,
                    p999Milliseconds: latency.2, maxMilliseconds: latency.2)
            ]
        }
        return row
    }

    @Test func `a bar is as long as its rate, and the largest fills the room`() throws {
        let reader = try read([row("a", rate: 2_000_000), row("b", rate: 1_000_000), row("c", rate: 0)])
        #expect(numbers("width", of: "bar", in: reader) == [350, 175, 1])
        #expect(Set(numbers("width", of: "track", in: reader)) == [350])
        #expect(reader.text.contains("2.00 M/s") && reader.text.contains("1.00 M/s"))
    }

    @Test func `times stand on a scale of powers of ten`() throws {
        let reader = try read([row("a", latency: (0.1, 1, 10))])
        #expect(numbers("x1", of: "line", in: reader) == [250] && numbers("x2", of: "line", in: reader) == [600])
        #expect(numbers("x", of: "mark", in: reader) == [248, 423, 598])
        #expect(reader.text.contains("0.10 · 1.00 · 10.00"))
    }

    @Test func `rows without results are not drawn, and no rows are an empty picture`() throws {
        #expect(try read([row("a")]).elements.map(\.kind) == ["svg", "style"])
        #expect(try read([]).elements.map(\.kind) == ["svg", "style"])
    }

    @Test func `names are escaped, and it has colours for light and dark`() throws {
        let reader = try read([row("a <b> & c", rate: 1)])
        #expect(reader.text.contains("a <b> & c"))
        #expect(reader.text.contains("prefers-color-scheme:dark"))
    }

    @Test func `rows are read as they were printed`() throws {
        var row = row("a", rate: 5, latency: (1, 2, 3))
        row.setShare(0.5)
        let encoded = try JSONEncoder().encode([row])
        let decoded = try JSONDecoder().decode([Row].self, from: encoded)
        #expect(Plot(rows: decoded).svg == Plot(rows: [row]).svg)
    }
}
