// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletServer

/// Reads the users again while the broker runs; when they are wrong the old ones stay.
struct UserReload: Sendable {
    private let directory: UserDirectory
    private let logger: Logger
    private let read: @Sendable () throws -> [User]

    init(of directory: UserDirectory, logger: Logger, read: @escaping @Sendable () throws -> [User]) {
        self.directory = directory
        self.logger = logger
        self.read = read
    }

    /// Reads them and puts them into the place of those that there were.
    @Sendable func run() {
        let users: [User]
        do {
            users = try read()
        } catch {
            let text = (error as? CommandFailure)?.message ?? "\(error)"
            return logger.error("users were not read again, the old ones stay: \(text)")
        }
        // A broker with users must not be opened to everyone by a file that lost its content.
        guard !users.isEmpty || directory.isEmpty else {
            return logger.error("users were not read again, the old ones stay: there are none any more")
        }
        directory.replace(users)
        logger.notice("users were read again", metadata: ["users": "\(users.count)"])
    }
}
