// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the broker said.
enum WireFrame {
    /// `OK ...`, `DUP`, `NIL` or `QUEUED`, with what follows a `DATA` line.
    case reply(String, data: [UInt8])
    /// `ERR ...`
    case refusal(String)
    case message(WireMessage)
    case goodbye
    /// The line of a `LOST` or a `GONE`.
    case lost(String)
}

/// A message as a consumer gets it.
struct WireMessage {
    var consumer: Int
    var tag: Int
    var offset: Int
    var attempt: Int
    var identity: MessageIdentity?
}

/// Cuts what a broker sends into frames.
struct FrameReader {
    /// How many times the broker asked whether the other end is there.
    private(set) var pings = 0
    private var input: [UInt8] = []
    private var start = 0

    mutating func append(_ bytes: some Collection<UInt8>) {
        if start == input.count {
            input.removeAll(keepingCapacity: true)
            start = 0
        }
        input.append(contentsOf: bytes)
    }

    /// The next frame that is all here.
    mutating func next() throws(WireError) -> WireFrame? {
        guard let end = lineEnd() else { return nil }
        let line = String(decoding: input[start..<end], as: UTF8.self)
        let words = line.split(separator: " ")
        let next = end + 2
        switch words.first {
        case "OK", "DUP", "NIL", "QUEUED", "PONG": return take(next, .reply(line, data: []))
        case "ERR": return take(next, .refusal(line))
        case "BYE": return take(next, .goodbye)
        case "LOST", "GONE": return take(next, .lost(line))
        case "PING":
            start = next
            pings += 1
            return try self.next()
        case "DATA":
            let size = try number(words, 1)
            guard input.count >= next + size + 2 else { return nil }
            return take(next + size + 2, .reply(line, data: Array(input[next..<(next + size)])))
        case "MSG": return try message(words, next)
        default: throw .violation("'\(line.prefix(80))'")
        }
    }

    private mutating func take(_ end: Int, _ frame: WireFrame) -> WireFrame {
        start = end
        return frame
    }

    private mutating func message(_ words: [Substring], _ next: Int) throws(WireError) -> WireFrame? {
        let headers = words.first { $0.hasPrefix("hdr=") }.flatMap { Int($0.dropFirst(4)) } ?? 0
        let body = next + headers
        let end = body + (try number(words, 5))
        guard input.count >= end + 2 else { return nil }
        let id = words.first { $0.hasPrefix("id=") }.map { String($0.dropFirst(3)) }
        let message = WireMessage(
            consumer: try number(words, 1), tag: try number(words, 2), offset: try number(words, 3),
            attempt: try number(words, 4), identity: MessageBody.identity(of: Array(input[body..<end]), id: id))
        return take(end + 2, .message(message))
    }

    private func number(_ words: [Substring], _ index: Int) throws(WireError) -> Int {
        guard index < words.count, let number = Int(words[index]), number >= 0 else {
            throw .violation("'\(words.joined(separator: " ").prefix(80))'")
        }
        return number
    }

    /// Where the line feed's carriage return stands; the broker always sends both.
    private func lineEnd() -> Int? {
        let found = input.withUnsafeBytes { bytes -> Int? in
            guard start < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
        return found.map { $0 - 1 }
    }
}
