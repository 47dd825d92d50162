// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The tables whose rows carry a checksum; the number goes into it, so that a row in another table is damage.
enum RowTable: UInt8 {
    case topics = 1
    case subscriptions = 2
    case acks = 3
    case deferred = 4
    case endings = 5
    case losses = 6
    case dedup = 7
    case state = 8
    case receipts = 9
    case outcomes = 10
    case scheduled = 11
    case scheduledIDs = 12
    case copies = 13
    case redrives = 14
    case expectations = 15
    case processes = 16
}
