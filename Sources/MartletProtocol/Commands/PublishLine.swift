// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// The line of a `PUB`, read in two steps: first what bounds the frame, then the rest once the data is there.
struct PublishLine {
    private(set) var length: Int
    private(set) var headers = 0
    private let topic: UnsafeRawBufferPointer
    private let options: UnsafeRawBufferPointer?
    /// The only option, as it is on most lines that have any, when it is about the message and needs no decoding.
    private var only: (option: Lone, value: UnsafeRawBufferPointer)?

    /// An option whose value is bytes of the message.
    private enum Lone {
        case id
        case key
        case process
        case cause

        /// The option that a line begins with, and the size of its name with the sign.
        static func begins(_ line: UnsafeRawBufferPointer) -> (option: Lone, size: Int)? {
            switch line.first {
            case UInt8(ascii: "i"): starts(line, "id=") ? (.id, 3) : nil
            case UInt8(ascii: "k"): starts(line, "key=") ? (.key, 4) : nil
            case UInt8(ascii: "p"): starts(line, "process=") ? (.process, 8) : nil
            case UInt8(ascii: "c"): starts(line, "cause=") ? (.cause, 6) : nil
            default: nil
            }
        }

        @inline(__always)
        private static func starts(_ line: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
            guard line.count > name.utf8CodeUnitCount else { return false }
            // SAFETY: a static string of ASCII has its bytes at utf8Start for the life of the process.
            for index in 0..<name.utf8CodeUnitCount where line[index] != name.utf8Start[index] { return false }
            return true
        }
    }

    /// Reads the topic, the length and `hdr=`.
    ///
    /// - Throws: `bad-length`, after which nothing can be read, when a length is missing or malformed.
    init(_ line: UnsafeRawBufferPointer) throws(Refusal) {
        let rest = UnsafeRawBufferPointer(rebasing: line[4...])
        guard let space = rest.firstIndex(of: ASCII.space) else { throw Self.badLength("length") }
        topic = UnsafeRawBufferPointer(rebasing: rest[..<space])
        let behind = UnsafeRawBufferPointer(rebasing: rest[(space + 1)...])
        let end = behind.firstIndex(of: ASCII.space)
        guard let length = Value.number(UnsafeRawBufferPointer(rebasing: behind[..<(end ?? behind.count)])) else {
            throw Self.badLength("length")
        }
        self.length = Int(length)
        options = end.map { UnsafeRawBufferPointer(rebasing: behind[($0 + 1)...]) }
        guard let options else { return }
        only = Self.only(options)
        if only == nil { headers = try Self.headerLength(options) }
    }

    /// An option that stands alone and needs no decoding.
    private static func only(_ options: UnsafeRawBufferPointer) -> (Lone, UnsafeRawBufferPointer)? {
        guard let (option, size) = Lone.begins(options), options.count <= size + Limits.identifier else { return nil }
        let value = UnsafeRawBufferPointer(rebasing: options[size...])
        for byte in value where !ASCII.isFieldByte(byte) || byte == ASCII.percent { return nil }
        return (option, value)
    }

    private static func badLength(_ field: StaticString) -> Refusal {
        Refusal(.badLength, "\(field): expected a number of bytes without sign or leading zeros")
    }

    /// The value of `hdr=`; two of them leave the frame's end in doubt.
    private static func headerLength(_ options: UnsafeRawBufferPointer) throws(Refusal) -> Int {
        var found: Int?
        var start = 0
        while start < options.count {
            let end = options[start...].firstIndex(of: ASCII.space) ?? options.count
            if end - start >= 4, options[start] == UInt8(ascii: "h"), options[start + 1] == UInt8(ascii: "d"),
                options[start + 2] == UInt8(ascii: "r"), options[start + 3] == ASCII.equals
            {
                let value = UnsafeRawBufferPointer(rebasing: options[(start + 4)..<end])
                guard found == nil, let number = Value.number(value) else { throw badLength("hdr") }
                found = Int(number)
            }
            start = end + 1
        }
        return found ?? 0
    }

    /// Checks the rest of the line and hands the message on: as a command when it says something about its time.
    ///
    /// - Throws: an error after which the conversation goes on.
    func hand(
        to receiver: inout some CommandReceiver & ~Copyable, scratch: inout [UInt8],
        headers: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer
    ) throws(Refusal) {
        guard Name.isValid(topic) else {
            if topic.first == ASCII.dollar, Name.isReadable(topic) {
                throw Refusal(.denied, "topic: names starting with $ belong to the broker")
            }
            throw Value.badName("topic")
        }
        if let problem = HeaderBlock.problem(in: headers) { throw Refusal(.badHeader, problem) }
        var message = MessageFields()
        message.headers = headers
        message.body = body
        if let (option, value) = only {
            switch option {
            case .id: message.id = value
            case .key: message.key = value
            case .process: message.process = value
            case .cause: message.cause = value
            }
        }
        guard let options, only == nil else { return receiver.publish(topic: topic, message) }
        let values = try PublishOptions(options, &scratch)
        scratch.withUnsafeBytes { bytes in
            message.id = values.id.bytes(in: bytes)
            message.key = values.key.bytes(in: bytes)
            message.process = values.process.bytes(in: bytes)
            message.cause = values.cause.bytes(in: bytes)
            guard values.hasTime else { return receiver.publish(topic: topic, message) }
            receiver.receive(.publish(values.timed(message, topic: topic)))
        }
    }
}
