// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// The line that opens a conversation.
extension CommandParser {
    /// The `HELLO` that a first line must be.
    static func hello(_ line: UnsafeRawBufferPointer) throws(Refusal) -> Hello {
        let required = Refusal(.helloRequired, "expected HELLO 1 as the first line")
        guard line.starts(with: "HELLO ".utf8) else { throw required }
        var fields = FieldReader(line)
        _ = try fields.next()
        var hello = Hello(versions: try versions(fields.required("versions")))
        var options = Options()
        while let option = try options.next(&fields) {
            if option.isNamed("client") {
                hello.client = try Value.text(option.required(), "client", Limits.client)
            } else if option.isNamed("token") {
                hello.token = try Value.text(option.required(), "token", Limits.lineBeforeHello)
            } else if option.isNamed("session") {
                hello.session = try Value.text(option.required(), "session", Limits.client)
            } else if option.isNamed("heartbeat") {
                hello.heartbeat = try Value.number(option.required(), "heartbeat", 0...Limits.heartbeat)
            } else {
                throw option.unknown
            }
        }
        guard hello.versions.contains(1) else { throw Refusal(.versionUnsupported, "1") }
        return hello
    }

    private static func versions(_ field: UnsafeRawBufferPointer) throws(Refusal) -> [UInt64] {
        var versions: [UInt64] = []
        for part in field.split(separator: ASCII.comma, omittingEmptySubsequences: false) {
            guard let version = Value.number(UnsafeRawBufferPointer(rebasing: part)) else {
                throw Refusal(.badArgument, "versions: expected numbers such as 1 or 1,2")
            }
            versions.append(version)
        }
        return versions
    }
}
