// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// Reads replies and pushes out of the bytes of a connection; holds no socket.
struct IncomingParser {
    /// What one step found.
    enum Step {
        /// A reply or a push that is the caller's.
        case incoming(Incoming)
        /// `PING`, which is to be answered `PONG`.
        case ping
        /// `PONG`, the answer to our `PING`.
        case pong
    }

    /// The line that announced data, kept until the data is complete.
    private enum Pending {
        case data(fields: [String], options: [String: String], bodyBytes: Int)
        case message(MessageLine)
    }

    private var buffer: [UInt8] = []
    private var start = 0
    private var scanned = 0
    private var pending: Pending?

    init() {}

    /// Takes what was read from the socket.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.count < 4 << 20)
            start = 0
            scanned = 0
        } else if start > buffer.count - start {
            // What is moved is less than what was taken since the last move, so that moving costs little per byte.
            buffer.removeSubrange(..<start)
            scanned -= start
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// Takes the confirms that come next, as far as they are here, without making a string of any.
    ///
    /// - Parameters:
    ///   - limit: how many are taken at most.
    ///   - take: is given the offset, whether it was `DUP`, and whether no subscription will see the message.
    /// - Returns: how many were taken.
    mutating func confirms(atMost limit: Int, _ take: (UInt64, _ isDuplicate: Bool, _ isUnseen: Bool) -> Void) -> Int {
        guard pending == nil else { return 0 }
        var count = 0
        let end = buffer.withUnsafeBytes { bytes -> Int in
            var scanner = ConfirmScanner(bytes: bytes, index: start)
            while count < limit, scanner.next() {
                take(scanner.offset, scanner.isDuplicate, scanner.isUnseen)
                count += 1
            }
            return scanner.index
        }
        guard count > 0 else { return 0 }
        start = end
        scanned = end
        return count
    }

    /// The next complete frame; nil when more bytes are needed.
    mutating func next() throws(ClientError) -> Step? {
        if pending == nil {
            guard let line = try nextLine() else { return nil }
            switch try parse(line) {
            case .complete(let step): return step
            case .data(let data): pending = data
            }
        }
        guard let pending, let incoming = try takeData(pending) else { return nil }
        self.pending = nil
        return .incoming(incoming)
    }

    private enum Parsed {
        case complete(Step)
        case data(Pending)
    }

    /// Where the next line is, without its end; nil when it is not complete.
    private mutating func nextLine() throws(ClientError) -> Range<Int>? {
        let from = max(scanned, start)
        let index = buffer.withUnsafeBytes { bytes -> Int in
            var index = from
            while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index &+= 1 }
            return index
        }
        guard index < buffer.count else {
            scanned = index
            try checkLength(to: index)
            return nil
        }
        try checkLength(to: index)
        var end = index
        if end > start, buffer[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        let line = start..<end
        start = index + 1
        scanned = start
        return line
    }

    /// The broker's lines obey the limit that it sets for ours; a longer one is not this protocol.
    private func checkLength(to index: Int) throws(ClientError) {
        // Where a line has its limit, the first byte of its end may be here already.
        let length = index > start && buffer[index - 1] == UInt8(ascii: "\r") ? index - start - 1 : index - start
        guard length <= Limits.line else { throw violation("a line longer than \(Limits.line) bytes") }
    }

    /// What was announced, once its data is there with the line end; nil until then.
    private mutating func takeData(_ pending: Pending) throws(ClientError) -> Incoming? {
        switch pending {
        case .data(let fields, let options, let bodyBytes):
            guard let (_, body) = try takeData(headerBytes: 0, bodyBytes: bodyBytes) else { return nil }
            return .reply(Reply(word: "DATA", fields: fields, options: options, data: body))
        case .message(let line):
            guard let (headers, body) = try takeData(headerBytes: line.headerBytes, bodyBytes: line.bodyBytes) else {
                return nil
            }
            return .message(
                IncomingMessage(
                    consumer: line.consumer, tag: line.tag, offset: line.offset, attempt: line.attempt,
                    time: line.time, options: line.options, rawFields: line.rawFields,
                    headers: headers.isEmpty ? [] : headers.withUnsafeBytes(HeaderBlock.pairs), body: body))
        }
    }

    private mutating func takeData(
        headerBytes: Int, bodyBytes: Int
    ) throws(ClientError) -> (headers: ArraySlice<UInt8>, body: [UInt8])? {
        let middle = start + headerBytes
        let end = middle + bodyBytes
        guard buffer.count > end else { return nil }
        let ending = buffer[end] == UInt8(ascii: "\r") ? 2 : 1
        guard buffer.count >= end + ending else { return nil }
        guard buffer[end + ending - 1] == UInt8(ascii: "\n") else { throw violation("data of another length") }
        let data = (buffer[start..<middle], Array(buffer[middle..<end]))
        start = end + ending
        scanned = start
        return data
    }

    private func parse(_ range: Range<Int>) throws(ClientError) -> Parsed {
        guard buffer[range].starts(with: "MSG ".utf8) else {
            return try parse(String(decoding: buffer[range], as: UTF8.self))
        }
        let message = buffer.withUnsafeBytes { MessageLine(UnsafeRawBufferPointer(rebasing: $0[range])) }
        guard let message else { throw violation("the line '\(String(decoding: buffer[range], as: UTF8.self))'") }
        return .data(.message(message))
    }

    private func parse(_ line: String) throws(ClientError) -> Parsed {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let word = parts[0]
        if word == "PING" { return .complete(.ping) }
        if word == "PONG" { return .complete(.pong) }
        if word == "ERR" {
            let message = parts.dropFirst(2).joined(separator: " ")
            return .complete(.incoming(.refusal(code: parts.count > 1 ? parts[1] : "internal", message: message)))
        }
        var fields: [String] = []
        var options: [String: String] = [:]
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "=") else {
                fields.append(part)
                continue
            }
            guard let value = Array(part[part.index(after: equals)...].utf8).withUnsafeBytes(FieldCoding.decode) else {
                throw violation("the option '\(part)'")
            }
            // What is not UTF-8 can only be in an option that is not known here; it must not cost the connection.
            options[String(part[..<equals])] = String(decoding: value, as: UTF8.self)
        }
        switch word {
        case "OK", "DUP", "NIL", "QUEUED":
            return .complete(.incoming(.reply(Reply(word: word, fields: fields, options: options, data: []))))
        case "DATA":
            return .data(.data(fields: fields, options: options, bodyBytes: try number(fields, 0, in: line)))
        case "LOST":
            guard fields.count >= 2, let tags = TagList.ranges(in: fields[1]) else {
                throw violation("the line '\(line)'")
            }
            let reason = fields.count > 2 ? fields[2] : "unknown"
            return .complete(.incoming(.lost(consumer: try number(fields, 0, in: line), tags: tags, reason: reason)))
        case "GONE":
            let reason = fields.count > 1 ? fields[1] : "unknown"
            return .complete(.incoming(.gone(consumer: try number(fields, 0, in: line), reason: reason)))
        case "BYE":
            return .complete(.incoming(.goodbye(reason: options["reason"] ?? "unknown")))
        default:
            throw violation("the word '\(word.prefix(40))'")
        }
    }

    private func number(_ fields: [String], _ index: Int, in line: String) throws(ClientError) -> Int {
        // The sum of two such numbers cannot overflow.
        guard index < fields.count, let value = Int(fields[index]), (0...Int.max >> 1).contains(value) else {
            throw violation("the line '\(line)'")
        }
        return value
    }

    private func violation(_ what: String) -> ClientError {
        ClientError(.protocolViolation, "the broker sent \(what), which version 1 of the protocol does not know")
    }
}
