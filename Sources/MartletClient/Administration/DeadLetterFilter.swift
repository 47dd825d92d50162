// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Which dead letters are meant: those to which all applies that is named here.
public struct DeadLetterFilter: Sendable, Hashable {
    /// The id.
    public var id: String?
    /// Why they died: `max-failures`, `max-deliveries`, `rejected`, `expired` or `lease-cap`.
    public var reason: String?
    /// The code of the last error.
    public var code: String?
    /// The key.
    public var key: String?
    /// The first time of death, in Unix milliseconds.
    public var since: UInt64?
    /// The time before which they died, in Unix milliseconds.
    public var until: UInt64?

    /// Makes a filter; one that names nothing means all.
    public init(
        id: String? = nil, reason: String? = nil, code: String? = nil, key: String? = nil, since: UInt64? = nil,
        until: UInt64? = nil
    ) {
        self.id = id
        self.reason = reason
        self.code = code
        self.key = key
        self.since = since
        self.until = until
    }

    /// As the protocol has it.
    func filter() throws(ClientError) -> Redrive.Filter {
        var filter = Redrive.Filter()
        if let id { try Check.identifier(id, "id") }
        if let key { try Check.identifier(key, "key") }
        filter.id = id.map { Array($0.utf8) }
        filter.key = key.map { Array($0.utf8) }
        (filter.reason, filter.code) = (reason, code)
        (filter.since, filter.until) = (since, until)
        return filter
    }
}
