// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// The pages of the file: each is in its place, and each belongs to something or is free.
extension StoreVerifier {
    func checkPages() throws {
        // Whatever else the file holds is read for its pages.
        let known = Set(["meta", "log", "due"] + RowTable.all.map { "\($0)" })
        for name in known.sorted() where !snapshot.image.tables.contains(name) {
            add(
                .page, name, "the table '\(name)' is missing", meaning: "the broker does not start with this file")
        }
        for name in snapshot.image.tables where !known.contains(name) {
            add(.stray, name, "the table '\(name)' is not known", meaning: "it takes room and does nothing")
            try snapshot.walk(name) { _, _ in }
        }
        var faults: [PageFault] = []
        let count = try snapshot.image.countPages { faults.append($0) }
        let lost = snapshot.faults.contains(where: \.losesEntries)
        for fault in snapshot.faults + faults { add(fault) }
        // Below a damaged page everything looks as if it belonged to nothing.
        guard !lost else { return }
        report.pages = count
        guard count.orphans > 0 else { return }
        let pages = count.firstOrphans.map(String.init).joined(separator: ", ")
        add(
            .orphan, "",
            "\(count.orphans) pages belong to nothing and are not free: \(pages)"
                + (count.orphans > UInt64(count.firstOrphans.count) ? ", .." : ""),
            meaning: "their room is lost until it is exported and imported; no message is")
    }

    private func add(_ fault: PageFault) {
        let table = fault.table.split(separator: "'").dropFirst().first.map(String.init) ?? fault.table
        var damage = StoreDamage(.page, table, fault.message, meaning: meaning(of: fault, table))
        damage.page = fault.page
        let low = fault.low.flatMap(Self.numbers)
        if fault.losesEntries, table == "log" {
            let high = fault.high.flatMap(Self.numbers)
            damage.topic = low.flatMap { topics[$0.0]?.row.name }
            // Behind a key of 16 bytes a pack begins; a longer one is of a piece of the same message.
            if let low, let high, low.0 == high.0 {
                let last = fault.high?.count == 16 ? high.1 - min(high.1, 1) : high.1
                damage.offsets = low.1...max(low.1, last)
            }
        } else if let account = low.flatMap({ positions[$0.0] }),
            ["acks", "deferred", "endings", "losses"].contains(table)
        {
            damage.subscription = subscriptions[account.subscription]?.name
            damage.topic = topics[account.topic]?.row.name
        }
        report.add(damage)
    }

    private static func numbers(_ key: [UInt8]) -> (UInt64, UInt64)? {
        guard key.count >= 16 else { return nil }
        return key.withUnsafeBytes { ($0.keyNumber(), $0.keyNumber(at: 8)) }
    }

    private func meaning(of fault: PageFault, _ table: String) -> String {
        guard fault.losesEntries else {
            return fault.table.contains("free")
                ? "a page may be written over while it is in use: do not write to this file"
                : "the file is not what was written"
        }
        switch table {
        case "log": return "messages cannot be read; the broker ends when it reads there"
        case "acks": return "acks are lost: messages would come again"
        case "deferred", "due": return "returned messages are lost, or come at the wrong time"
        case "endings", "losses": return "WHY does not know how some messages ended"
        case "dedup": return "repeats may be taken for new messages"
        case "state", "receipts", "outcomes": return "records cannot be read"
        case "scheduled", "scheduledIDs": return "scheduled messages are lost"
        default: return "the broker does not start with this file"
        }
    }
}

extension RowTable {
    static let all: [RowTable] = (1...16).compactMap { RowTable(rawValue: $0) }
}
