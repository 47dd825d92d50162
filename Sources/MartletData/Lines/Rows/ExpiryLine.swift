// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// When the time of a message ends.
struct ExpiryLine: Codable {
    static let type = "expiry"
    var type = ExpiryLine.type
    var topic: String
    var offset: UInt64
    var time: UInt64
}
