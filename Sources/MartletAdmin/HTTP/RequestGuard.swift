// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import MartletModel

/// Keeps away what a browser sends in the name of another site.
///
/// A page of another site can send requests to this machine, and by a name that it lets point here (DNS rebinding) it
/// could even read the answers. So the host must be asked for by a name that is known, and what changes something must
/// say that it is JSON, which a page of another site cannot without being asked, and must not come from elsewhere.
struct RequestGuard: Sendable {
    private let names: Set<String>

    init(_ configuration: AdminConfiguration) {
        names = Set((configuration.names + [configuration.host, "localhost"]).map { $0.lowercased() })
    }

    /// Refuses what may not come in.
    func check(_ request: Request) throws(Refusal) {
        guard let authority = request.head.authority, let host = Self.host(authority) else {
            throw Refusal(.denied, "Host: expected the name or address of this broker")
        }
        guard names.contains(host) || Self.isAddress(host) else {
            throw Refusal(.denied, "Host: '\(Self.shown(host))' is not known here; admin.names lists further names")
        }
        let site = request.headers.value(of: "Sec-Fetch-Site")
        let isRead = request.method == .get || request.method == .head
        // A person may follow a link to the console.
        if isRead, site == "cross-site" || site == "same-site",
            request.headers.value(of: "Sec-Fetch-Mode") != "navigate"
        {
            throw Refusal(.denied, "Sec-Fetch-Site: pages of other sites may not ask")
        }
        guard !isRead else { return }
        if let site, site != "same-origin", site != "none" {
            throw Refusal(.denied, "Sec-Fetch-Site: pages of other sites may not ask")
        }
        if let origin = request.headers[.origin], !Self.isSame(origin, authority) {
            throw Refusal(.denied, "Origin: pages of other sites may not ask")
        }
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        guard type == "application/json" else {
            throw Refusal(.badHeader, "Content-Type: expected application/json")
        }
    }

    /// The host of `host:port`, in lower case and without brackets.
    private static func host(_ authority: String) -> String? {
        var host = authority[...]
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            host = host[host.index(after: host.startIndex)..<end]
        } else if let colon = host.firstIndex(of: ":") {
            host = host[..<colon]
        }
        return host.isEmpty ? nil : host.lowercased()
    }

    /// Whether a host is an address in digits, which no other site's name can be.
    private static func isAddress(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 4, parts.allSatisfy({ UInt8($0) != nil }) { return true }
        return host.contains(":") && host.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    }

    private static func isSame(_ origin: String, _ authority: String) -> Bool {
        let origin = origin.lowercased()
        return ["http://", "https://"].contains { origin == $0 + authority.lowercased() }
    }

    private static func shown(_ host: String) -> String {
        String(host.prefix(100).map { $0.isASCII && !$0.isWhitespace && $0 != "'" ? $0 : "?" })
    }
}

extension HTTPFields {
    /// The value of a header that has no name in the library.
    func value(of name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}
