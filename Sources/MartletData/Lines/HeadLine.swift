// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The first line of an export.
struct HeadLine: Codable {
    static let type = "export"
    static let format = "martlet"
    /// The version of the form of these lines.
    static let version = 1

    var type = HeadLine.type
    var format = HeadLine.format
    var version = HeadLine.version
    var martlet: String
    var time: UInt64
    var batch: UInt64
    var batchTime: UInt64
    var idKey: UInt64?
    var nextTopic: UInt64
    var nextSubscription: UInt64
    /// The topics that were asked for; nil is all.
    var topics: [String]?
}
