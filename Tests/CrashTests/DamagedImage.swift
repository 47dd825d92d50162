// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// The files of a store with one damage, as disks and memory do it.
struct DamagedImage {
    private static let page = 4_096
    private static let sector = 512

    let files: [String: [UInt8]]
    /// What was done to which file.
    let damage: String

    /// Damages a file at a place that follows from the seed; a segment of the journal is not cut off, since one that
    /// ends earlier cannot be told from that.
    init(_ whole: [String: [UInt8]], _ name: String, seed: UInt64) {
        var dice = Dice(seed: seed)
        var bytes = whole[name] ?? []
        let damage: String
        switch Int.random(in: 0..<(name == "data.mdb" ? 10 : 9), using: &dice) {
        case 0..<5:
            // Half of the bits lie on the pages that everything begins with.
            let end = Bool.random(using: &dice) ? bytes.count : min(bytes.count, 24 * Self.page)
            let place = Int.random(in: 0..<end, using: &dice)
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
            damage = "a bit of byte \(place % Self.page) of page \(place / Self.page)"
        case 5..<7: damage = Self.spoil(&bytes, Self.sector, "sector", &dice)
        case 7..<9: damage = Self.spoil(&bytes, Self.page, "page", &dice)
        default:
            let end = Int.random(in: 0..<bytes.count, using: &dice)
            bytes.removeSubrange(end...)
            damage = "cut off after \(end) bytes"
        }
        self.damage = "\(name), \(damage)"
        files = whole.merging([name: bytes]) { $1 }
    }

    private static func spoil(_ bytes: inout [UInt8], _ size: Int, _ name: String, _ dice: inout Dice) -> String {
        let units = bytes.count / size
        let unit = Int.random(in: 0..<units, using: &dice)
        let range = unit * size..<(unit + 1) * size
        switch Int.random(in: 0..<3, using: &dice) {
        case 0:
            for place in range { bytes[place] = 0 }
            return "\(name) \(unit) of zeros"
        case 1:
            for place in range { bytes[place] = UInt8(truncatingIfNeeded: dice.next()) }
            return "\(name) \(unit) of random bytes"
        default:
            let other = Int.random(in: 0..<units, using: &dice)
            bytes.replaceSubrange(range, with: Array(bytes[(other * size)..<((other + 1) * size)]))
            return "\(name) \(unit) written over with \(name) \(other)"
        }
    }
}
