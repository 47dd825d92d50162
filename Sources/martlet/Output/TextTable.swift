// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Lines of cells that stand under each other.
enum TextTable {
    /// Lines of cells with every column as wide as its widest cell; columns of numbers are aligned to the right.
    static func columns(_ lines: [[String]], rightAligned: Bool = true) -> String {
        let count = lines.map(\.count).max() ?? 0
        let numeric = (0..<count).map { column in
            rightAligned && lines.dropFirst().allSatisfy { $0[column].first?.isNumber ?? true }
        }
        return aligned(lines, toTheRight: numeric).map { $0 + "\n" }.joined()
    }

    /// Names with the values behind them, the values aligned to the right.
    ///
    /// - Parameter width: what the column of the values has at least.
    static func pairs(_ rows: [(name: String, value: String)], width: Int = 0) -> [String] {
        aligned(rows.map { [$0.name, $0.value] }, toTheRight: [false, true], widths: [0, width])
    }

    private static func aligned(_ lines: [[String]], toTheRight: [Bool], widths least: [Int] = []) -> [String] {
        let widths = toTheRight.indices.map { column in
            lines.reduce(column < least.count ? least[column] : 0) { max($0, $1[column].count) }
        }
        return lines.map { line in
            let cells = line.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return toTheRight[column] ? space + cell : cell + space
            }
            var text = cells.joined(separator: "  ")
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        }
    }
}
