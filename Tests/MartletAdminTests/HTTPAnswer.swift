// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOPosix
import Testing

/// What came back for a request, read from the socket until the connection ended.
struct HTTPAnswer: Sendable {
    let status: Int
    /// Headers by their names in lower case.
    let headers: [String: String]
    let body: Data

    /// Sends text over a connection of its own and reads until the other side ends it.
    static func of(_ text: String, port: Int) async throws -> HTTPAnswer {
        let bytes = try await Raw.exchange(text, port: port) { _ in false }
        return try #require(HTTPAnswer(bytes), "no answer to read in \(bytes.count) bytes")
    }

    init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else { return nil }
        self.status = status
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        self.headers = headers
        let rest = Data(bytes[end.upperBound...])
        body = headers["transfer-encoding"] == "chunked" ? Self.unchunked(rest) : rest
    }

    private static func unchunked(_ data: Data) -> Data {
        var whole = Data()
        var rest = data[...]
        while let end = rest.firstRange(of: Data("\r\n".utf8)),
            let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16), size > 0
        {
            whole += rest[end.upperBound...].prefix(size)
            rest = rest[end.upperBound...].dropFirst(size + 2)
        }
        return whole
    }

    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON.
    var json: JSON? { JSON(body) }

    /// The code of an error.
    var code: String? { json?["error"]?["code"]?.string }
}

/// A conversation in the line protocol.
enum Wire {
    /// Says lines, each time until the other side has answered something, then does something else, and hangs up.
    static func talk(
        _ port: Int, _ steps: [(say: String, until: String)], then body: @Sendable () async throws -> Void = {}
    ) async throws {
        let channel = try await Raw.connect(port)
        try await channel.executeThenClose { inbound, outbound in
            var parts = inbound.makeAsyncIterator()
            var heard = ""
            for step in steps {
                try await outbound.write(ByteBuffer(string: step.say))
                while !heard.contains(step.until) {
                    guard let part = try await parts.next() else { throw Unheard(text: heard, expected: step.until) }
                    heard += String(buffer: part)
                }
                heard = ""
            }
            try await body()
        }
    }

    /// The other side hung up before it said what was expected.
    struct Unheard: Error {
        let text: String
        let expected: String
    }
}

/// Bytes over a socket.
enum Raw {
    /// Opens a connection.
    static func connect(_ port: Int) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// Sends text and gives what comes back until that is enough, or until the other side ends the connection.
    static func exchange(
        _ text: String, port: Int, isEnough: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws -> [UInt8] {
        let channel = try await connect(port)
        return try await channel.executeThenClose { inbound, outbound in
            var bytes: [UInt8] = []
            do {
                try await outbound.write(ByteBuffer(string: text))
                for try await part in inbound {
                    bytes.append(contentsOf: part.readableBytesView)
                    if isEnough(bytes) { break }
                }
            } catch is IOError {
                // The other side ended the connection while bytes were under way.
            }
            return bytes
        }
    }
}
