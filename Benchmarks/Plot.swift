// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The rows as a picture: a bar for each rate, and for each latency a line from its median to its worst.
///
/// It is an SVG that needs nothing else, for light and for dark pages.
struct Plot {
    /// One line of the picture: what it is about, and where its marks stand, from 0 to 1.
    private struct Line {
        var name: String
        var detail: String
        var value: String
        /// The end of the bar, or nil where it is a latency.
        var bar: Double?
        /// The median, the 99th percentile and the worst.
        var marks: [Double] = []
    }

    private static let width = 760
    private static let left = 250
    private static let right = 600
    private static let lineHeight = 38
    private static let headHeight = 40

    var rows: [Row]

    /// The text of the picture.
    var svg: String {
        var body = ""
        var y = 0
        for (title, lines) in [("Messages per second", rates), ("Milliseconds: median, 99 %, worst", latencies)]
        where !lines.isEmpty {
            y += Self.headHeight
            body += Self.text(title, x: 12, y: y - 14, "head")
            for line in lines {
                body += Self.draw(line, y: y)
                y += Self.lineHeight
            }
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.width)" height="\(y + 12)" \
            viewBox="0 0 \(Self.width) \(y + 12)" role="img" \
            aria-label="Measurements of Martlet" font-family="system-ui, sans-serif" font-size="13">
            <style>\(Self.style)</style>
            \(body)</svg>

            """
    }

    private static let style = """
        text{fill:#1f2328}.head{font-weight:600;font-size:14px}.detail{fill:#59636e;font-size:11px}\
        .track{fill:#e7ebef}.bar{fill:#0969da}.line{stroke:#0969da;stroke-width:3}.mark{fill:#0969da}\
        @media(prefers-color-scheme:dark){text{fill:#f0f6fc}.detail{fill:#9198a1}.track{fill:#2a313c}\
        .bar,.mark{fill:#4493f8}.line{stroke:#4493f8}}
        """

    // MARK: - What is drawn

    private var rates: [Line] {
        let most = rows.compactMap(\.messagesPerSecond).max() ?? 0
        return rows.compactMap { row in
            guard let rate = row.messagesPerSecond, most > 0 else { return nil }
            let share = row.share.map { ", \(Int(($0 * 100).rounded())) %" } ?? ""
            return Line(
                name: Self.name(row), detail: Self.detail(row) + share, value: Self.rate(rate), bar: rate / most)
        }
    }

    private var latencies: [Line] {
        let all = rows.flatMap { row in row.latencies.map { (row, $0) } }
        // Powers of ten, as times differ by that much.
        let least = Self.power(below: all.map(\.1.p50Milliseconds).min() ?? 1)
        let most = Self.power(above: all.map(\.1.maxMilliseconds).max() ?? 1)
        return all.map { row, latency in
            let times = [latency.p50Milliseconds, latency.p99Milliseconds, latency.maxMilliseconds]
            return Line(
                name: "\(Self.name(row)), \(latency.of)", detail: Self.detail(row),
                value: times.map { Self.milliseconds($0) }.joined(separator: " · "),
                marks: times.map { Self.place(of: $0, from: least, to: most) })
        }
    }

    private static func name(_ row: Row) -> String {
        row.targetRate.map { "\(row.workload) at \(Quantity($0))/s" } ?? row.workload
    }

    private static func detail(_ row: Row) -> String {
        let window = row.window.map { " x \($0)" } ?? ""
        return "\(row.size) B, \(row.connections)\(window), \(Quantity(row.messages)) messages"
    }

    private static func rate(_ value: Double) -> String {
        value >= 1_000_000
            ? "\(decimal(value / 1_000_000, digits: 2)) M/s" : "\(decimal(value / 1_000, digits: 1)) k/s"
    }

    private static func milliseconds(_ value: Double) -> String { decimal(value, digits: value < 100 ? 2 : 0) }

    /// The largest power of ten that is not above a time, from a microsecond on.
    private static func power(below time: Double) -> Double {
        var power = 0.001
        while power * 10 <= time { power *= 10 }
        return power
    }

    private static func power(above time: Double) -> Double {
        var power = 0.01
        while power < time { power *= 10 }
        return power
    }

    /// Where a time stands between two powers of ten, of which each has the same room.
    private static func place(of time: Double, from least: Double, to most: Double) -> Double {
        var (steps, power) = (0.0, least)
        var whole = 0.0
        while power < most {
            power *= 10
            whole += 1
        }
        power = least
        while power * 10 <= time, steps < whole {
            power *= 10
            steps += 1
        }
        // Within a power the place is linear, which needs no logarithm and moves no mark by more than its width.
        return whole > 0 ? min(1, max(0, (steps + (time / power - 1) / 9) / whole)) : 0
    }

    private static func decimal(_ value: Double, digits: Int) -> String {
        let factor = digits == 2 ? 100 : digits == 1 ? 10 : 1
        let units = Int((value * Double(factor)).rounded())
        guard digits > 0 else { return "\(units)" }
        let fraction = "\(units % factor)"
        return "\(units / factor).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }

    // MARK: - Elements

    private static func draw(_ line: Line, y: Int) -> String {
        let middle = y + lineHeight / 2
        var elements = text(line.name, x: 12, y: middle - 3, "name")
        elements += text(line.detail, x: 12, y: middle + 12, "detail")
        elements += element("rect", "track", ["x": left, "y": middle - 8, "width": right - left, "height": 16])
        if let bar = line.bar {
            elements += element(
                "rect", "bar", ["x": left, "y": middle - 8, "width": max(1, place(bar) - left), "height": 16])
        }
        if let first = line.marks.first, let last = line.marks.last {
            elements += element("line", "line", ["x1": place(first), "x2": place(last), "y1": middle, "y2": middle])
            for mark in line.marks {
                elements += element("rect", "mark", ["x": place(mark) - 2, "y": middle - 7, "width": 4, "height": 14])
            }
        }
        return elements + text(line.value, x: right + 10, y: middle + 5, "value")
    }

    private static func place(_ share: Double) -> Int { left + Int((share * Double(right - left)).rounded()) }

    private static func element(_ name: String, _ kind: String, _ numbers: [String: Int]) -> String {
        let attributes = numbers.sorted { $0.key < $1.key }.map { #" \#($0.key)="\#($0.value)""# }.joined()
        return "<\(name) class=\"\(kind)\"\(attributes)/>\n"
    }

    private static func text(_ text: String, x: Int, y: Int, _ kind: String) -> String {
        let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        return "<text class=\"\(kind)\" x=\"\(x)\" y=\"\(y)\">\(escaped)</text>\n"
    }
}
