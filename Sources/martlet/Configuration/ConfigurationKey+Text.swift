// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletModel
import MartletServer

// How a setting is shown: as it would be written.
extension ConfigurationKey {
    /// The value that a configuration has for this key.
    func text(in configuration: ServeConfiguration) -> String {
        let server = configuration.server
        return switch kind {
        case .number(let path, _): "\(server[keyPath: path])"
        case .size(let path, _): ByteSize.text(server[keyPath: path])
        case .duration(let path, _): DurationCoding.encode(server[keyPath: path])
        case .flag(let path): "\(server[keyPath: path])"
        case .text(let path), .optionalFile(let path): server[keyPath: path]
        case .topicPatterns: "[\(server.topicPatterns.joined(separator: ", "))]"
        case .backoff: server.backoff.map { DurationCoding.encode($0) }.joined(separator: ",")
        case .admin(let key): configuration.admin.text(of: key)
        case .logLevel: configuration.logLevel.rawValue
        case .logFormat: configuration.logFormat.rawValue
        }
    }
}
