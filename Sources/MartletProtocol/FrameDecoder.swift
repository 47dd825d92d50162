// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Finds the frames in the bytes of one connection and hands them to a receiver.
///
/// It keeps no bytes: what `decode` did not consume is given again, with more behind it. So the result does not
/// depend on how the bytes were cut into reads.
package struct FrameDecoder {
    private enum Progress {
        case frame(size: Int)
        case more(needed: Int)
    }

    /// The largest body accepted.
    private let maxBody: Int
    /// Whether `HELLO` has been read.
    package private(set) var greeted = false
    /// Bytes that the frame at the start needs before it is worth looking at it again.
    package private(set) var needed = 1
    private var scratch: [UInt8] = []

    /// Makes the decoder of a new connection.
    package init(maxBody: Int) {
        self.maxBody = maxBody
    }

    /// Hands all whole frames of `input` to the receiver, as long as it wants more.
    ///
    /// - Returns: how many bytes were consumed, and the error that ends the conversation, if there is one.
    package mutating func decode(
        _ input: UnsafeRawBufferPointer, into receiver: inout some CommandReceiver & ~Copyable
    ) -> (consumed: Int, fatal: Refusal?) {
        var consumed = 0
        do throws(Refusal) {
            while consumed < input.count, receiver.wantsMore {
                let rest = UnsafeRawBufferPointer(rebasing: input[consumed...])
                guard rest.count >= needed else { break }
                switch try next(rest, &receiver) {
                case .frame(let size):
                    consumed += size
                    needed = 1
                case .more(let count):
                    needed = count
                    return (consumed, nil)
                }
            }
            return (consumed, nil)
        } catch {
            return (consumed, error)
        }
    }

    private mutating func next(
        _ rest: UnsafeRawBufferPointer, _ receiver: inout some CommandReceiver & ~Copyable
    ) throws(Refusal) -> Progress {
        let limit = greeted ? Limits.line : Limits.lineBeforeHello
        guard let end = Self.lineEnd(rest, limit: limit + 2) else {
            // A line may still be within its limit when all that is missing is its line end.
            if rest.count > limit + 1 || (rest.count == limit + 1 && rest[limit] != ASCII.cr) { throw tooLong(rest) }
            return .more(needed: rest.count + 1)
        }
        let length = end > 0 && rest[end - 1] == ASCII.cr ? end - 1 : end
        guard length <= limit else { throw tooLong(rest) }
        let line = UnsafeRawBufferPointer(rebasing: rest[..<length])
        guard greeted else {
            receiver.greet(try CommandParser.hello(line))
            greeted = true
            return .frame(size: end + 1)
        }
        if Self.isPublish(line) { return try publish(line, data: end + 1, rest, &receiver) }
        if let range = Self.plainAck(line) {
            receiver.acknowledge(consumer: range.consumer, first: range.tags.lowerBound, last: range.tags.upperBound)
            return .frame(size: end + 1)
        }
        if line.starts(with: "SET ".utf8) || line.elementsEqual("PUB".utf8) || line.elementsEqual("SET".utf8) {
            return try set(line, data: end + 1, rest, &receiver)
        }
        do throws(Refusal) {
            if let command = try CommandParser.parse(line) { receiver.receive(command) }
        } catch {
            receiver.refuse(error)
        }
        return .frame(size: end + 1)
    }

    private func tooLong(_ rest: UnsafeRawBufferPointer) -> Refusal {
        guard greeted || rest.starts(with: "HELLO ".utf8) else {
            return Refusal(.helloRequired, "expected HELLO 1 as the first line")
        }
        return Refusal(
            .lineTooLong, "expected a line of at most \(greeted ? Limits.line : Limits.lineBeforeHello) bytes")
    }

    @inline(__always)
    private static func lineEnd(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Int? {
        // SAFETY: the search stays within the buffer, whose base exists because it is not empty.
        guard let base = bytes.baseAddress, let found = memchr(base, Int32(ASCII.lf), min(bytes.count, limit))
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// Whether a line begins with `PUB` and a space, read as one number since every publish is asked.
    @inline(__always)
    private static func isPublish(_ line: UnsafeRawBufferPointer) -> Bool {
        let word: UInt32 = 0x5055_4220
        return line.count >= 4 && UInt32(bigEndian: line.loadUnaligned(as: UInt32.self)) == word
    }

    /// `ACK` with one tag or one range: what a consumer sends most, read without building a command.
    private static func plainAck(
        _ line: UnsafeRawBufferPointer
    ) -> (consumer: UInt64, tags: ClosedRange<UInt64>)? {
        guard line.starts(with: "ACK ".utf8) else { return nil }
        let rest = UnsafeRawBufferPointer(rebasing: line[4...])
        guard let space = rest.firstIndex(of: ASCII.space),
            let consumer = Value.number(UnsafeRawBufferPointer(rebasing: rest[..<space])),
            let tags = Value.tagRange(UnsafeRawBufferPointer(rebasing: rest[(space + 1)...]))
        else { return nil }
        return (consumer, tags)
    }

    private mutating func publish(
        _ line: UnsafeRawBufferPointer, data: Int, _ rest: UnsafeRawBufferPointer,
        _ receiver: inout some CommandReceiver & ~Copyable
    ) throws(Refusal) -> Progress {
        let head = try PublishLine(line)
        guard head.length <= maxBody else {
            throw Refusal(.tooLarge, "length: expected at most \(maxBody) bytes")
        }
        guard head.headers <= Limits.headers else {
            throw Refusal(.tooLarge, "hdr: expected at most \(Limits.headers) bytes")
        }
        guard let size = try Self.frameSize(data: data, count: head.headers + head.length, rest) else {
            return .more(needed: max(rest.count + 1, data + head.headers + head.length + 1))
        }
        let headers = UnsafeRawBufferPointer(rebasing: rest[data..<(data + head.headers)])
        let body = UnsafeRawBufferPointer(rebasing: rest[(data + head.headers)..<(data + head.headers + head.length)])
        do throws(Refusal) {
            try head.hand(to: &receiver, scratch: &scratch, headers: headers, body: body)
        } catch {
            receiver.refuse(error)
        }
        return .frame(size: size)
    }

    private mutating func set(
        _ line: UnsafeRawBufferPointer, data: Int, _ rest: UnsafeRawBufferPointer,
        _ receiver: inout some CommandReceiver & ~Copyable
    ) throws(Refusal) -> Progress {
        let fields = line.split(separator: ASCII.space, omittingEmptySubsequences: false)
        guard fields.count > 3, let length = Value.number(UnsafeRawBufferPointer(rebasing: fields[3])) else {
            throw Refusal(.badLength, "length: expected a number of bytes")
        }
        guard length <= Limits.record else {
            throw Refusal(.tooLarge, "length: expected at most \(Limits.record) bytes")
        }
        guard let size = try Self.frameSize(data: data, count: Int(length), rest) else {
            return .more(needed: max(rest.count + 1, data + Int(length) + 1))
        }
        let value = UnsafeRawBufferPointer(rebasing: rest[data..<(data + Int(length))])
        do throws(Refusal) {
            receiver.receive(try CommandParser.set(line, value: value))
        } catch {
            receiver.refuse(error)
        }
        return .frame(size: size)
    }

    /// The size of a frame whose data begins at `data`, nil when it is not all there.
    @inline(__always)
    private static func frameSize(
        data: Int, count: Int, _ rest: UnsafeRawBufferPointer
    ) throws(Refusal) -> Int? {
        let end = data + count
        guard rest.count > end else { return nil }
        if rest[end] == ASCII.lf { return end + 1 }
        guard rest[end] == ASCII.cr else { throw badDataEnd }
        guard rest.count > end + 1 else { return nil }
        guard rest[end + 1] == ASCII.lf else { throw badDataEnd }
        return end + 2
    }

    private static var badDataEnd: Refusal {
        Refusal(.badDataEnd, "expected LF or CR LF after as many bytes of data as the line said")
    }
}
