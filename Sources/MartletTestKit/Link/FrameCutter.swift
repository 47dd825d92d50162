// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Cuts the bytes that one side of a connection sends into whole frames; holds no socket.
///
/// The frames, put together, are the bytes that came in, and do not depend on how those were cut into reads.
struct FrameCutter {
    /// Why the end of a frame cannot be told; nothing behind it can be cut any more.
    enum Failure: Error {
        /// A line is longer than 4,096 bytes, or than 1,024 when it is the client's first.
        case lineTooLong
        /// A line that announces data does not say how much.
        case badLength
        /// A line announces more data than the protocol allows.
        case tooLarge
        /// Behind the data is no line end.
        case badDataEnd
    }

    private struct Data {
        var headers = 0
        var body: Int
    }

    private struct Head {
        var line: String
        /// Bytes of the line, its end included.
        var size: Int
        /// Bytes of data, its line end not included; nothing when none follows.
        var data: Data?
    }

    static let maxLine = 4_096
    static let maxFirstLine = 1_024
    private static let maxHeaders = 16 << 10
    /// `DATA` has no limit in the protocol; this one keeps a hostile length from being waited for.
    private static let maxData = 1 << 30

    /// The largest body that is accepted from a client; it may become known while a larger one is waited for.
    var maxBody = 16 << 20
    private let side: FrameSide
    private var buffer: [UInt8] = []
    private var start = 0
    private var scanned = 0
    private var isFirst: Bool
    private var head: Head?

    init(_ side: FrameSide) {
        self.side = side
        isFirst = side == .client
    }

    /// Takes bytes that came in.
    mutating func append(_ bytes: some Sequence<UInt8>) {
        if start == buffer.count || start > 64 << 10 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole frame; nil when more bytes are needed.
    ///
    /// - Throws: when the end of the frame is in doubt, and again at each further call.
    mutating func next() throws(Failure) -> LinkFrame? {
        if head == nil { head = try readHead() }
        guard let head, let size = try frameSize(head) else { return nil }
        let frame = LinkFrame(line: head.line, bytes: Array(buffer[start..<(start + size)]))
        start += size
        scanned = 0
        isFirst = false
        self.head = nil
        return frame
    }

    /// Takes what has not become a frame.
    mutating func takeRest() -> [UInt8] {
        let rest = Array(buffer[start...])
        self = FrameCutter(side)
        return rest
    }

    private mutating func readHead() throws(Failure) -> Head? {
        let limit = isFirst ? Self.maxFirstLine : Self.maxLine
        let available = buffer.count - start
        let last = min(available, limit + 2)
        guard let end = buffer[(start + min(scanned, last))..<(start + last)].firstIndex(of: 0x0A) else {
            // A line may still be within its limit when all that is missing is its line end.
            let isLong = available > limit + 1 || (available == limit + 1 && buffer[start + limit] != 0x0D)
            if isLong { throw .lineTooLong }
            scanned = available
            return nil
        }
        let length = end > start && buffer[end - 1] == 0x0D ? end - 1 - start : end - start
        guard length <= limit else { throw .lineTooLong }
        let line = String(decoding: buffer[start..<(start + length)], as: UTF8.self)
        return Head(line: line, size: end + 1 - start, data: try dataSize(line))
    }

    private func dataSize(_ line: String) throws(Failure) -> Data? {
        // The client's first line is HELLO, or no conversation.
        guard !isFirst else { return nil }
        let fields = line.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        let isClient = side == .client
        switch String(fields[0]) {
        case "PUB" where isClient:
            return Data(headers: try headers(fields.dropFirst(3)), body: try number(fields, 2))
        case "SET" where isClient: return Data(body: try number(fields, 3))
        case "MSG" where !isClient:
            return Data(headers: try headers(fields.dropFirst(6)), body: try number(fields, 5))
        case "DATA" where !isClient: return Data(body: try number(fields, 1))
        default: return nil
        }
    }

    private func headers(_ options: ArraySlice<Substring.UTF8View>) throws(Failure) -> Int {
        var found: Int?
        for option in options where option.starts(with: "hdr=".utf8) {
            guard found == nil else { throw .badLength }
            found = try number([option.dropFirst(4)], 0, limit: Self.maxHeaders)
        }
        return found ?? 0
    }

    private func number(_ fields: [Substring.UTF8View], _ index: Int, limit: Int = maxData) throws(Failure) -> Int {
        guard index < fields.count, !fields[index].isEmpty else { throw .badLength }
        let digits = fields[index]
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }), digits.count == 1 || digits.first != 0x30 else {
            throw .badLength
        }
        guard let value = Int(Substring(digits)), value <= limit else { throw .tooLarge }
        return value
    }

    /// The size of the frame at the start; nil when it is not all there.
    private func frameSize(_ head: Head) throws(Failure) -> Int? {
        guard let data = head.data else { return head.size }
        guard side == .broker || data.body <= maxBody else { throw .tooLarge }
        let end = head.size + data.headers + data.body
        guard buffer.count - start > end else { return nil }
        if buffer[start + end] == 0x0A { return end + 1 }
        guard buffer[start + end] == 0x0D else { throw .badDataEnd }
        guard buffer.count - start > end + 1 else { return nil }
        guard buffer[start + end + 1] == 0x0A else { throw .badDataEnd }
        return end + 2
    }
}
