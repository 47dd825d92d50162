// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CConsole
import Hummingbird

/// The files of the console, which are part of the program.
struct ConsoleFiles: Sendable {
    /// One file.
    struct File: Sendable {
        let type: String
        let bytes: ByteBuffer
        let tag: String

        /// The file, or that the one that is known is still the same.
        func answer(to request: Request) -> AdminAnswer {
            var answer = AdminAnswer(type: type, .buffer(bytes))
            answer.headers = [.eTag: tag, .cacheControl: "no-cache"]
            if request.headers[.ifNoneMatch]?.split(separator: ",").contains(where: { $0.contains(tag) }) == true {
                answer.status = .notModified
                answer.body = .bytes([])
            }
            return answer
        }
    }

    /// All files there are.
    static let shared = ConsoleFiles()

    private let files: [String: File]

    private init() {
        var files: [String: File] = [:]
        for index in 0..<Int(console_file_count()) {
            // SAFETY: the table and its bytes are constants of the program.
            let entry = console_file_at(UInt(index)).pointee
            let content = UnsafeBufferPointer(start: entry.bytes, count: Int(entry.count))
            let name = String(cString: entry.path)
            files[name] = File(type: Self.type(of: name), bytes: ByteBuffer(bytes: content), tag: Self.tag(content))
        }
        files["/"] = files["/index.html"]
        // Browsers ask for it beside a page that names no mark of its own, such as an article.
        files["/favicon.ico"] = files["/mark.svg"]
        self.files = files
    }

    /// The file at a path.
    subscript(path: String) -> File? { files[path] }

    /// The paths of all files.
    var paths: [String] { files.keys.sorted() }

    private static func type(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        case "json": "application/json"
        case "png": "image/png"
        case "md": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }

    /// A number that changes with the bytes (FNV-1a).
    private static func tag(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return "\"\(String(hash, radix: 16))\""
    }
}
