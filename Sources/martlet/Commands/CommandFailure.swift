// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// The end of a command that did not do what it was asked, with one message for people.
struct CommandFailure: Error, Equatable {
    var status: ExitStatus
    var message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// What a failed conversation with the broker means for a command.
    init(_ error: ClientError, address: ClientConfiguration.Address) {
        switch error.code {
        case .unreachable:
            self.init(
                .unreachable,
                """
                \(error.message)
                Start a broker with 'martlet serve' (in the source folder: 'make run'),
                or name another one with --server host:port or the environment variable MARTLET_ADDRESS.
                """)
        case .certificate:
            self.init(
                .unreachable,
                """
                \(error.message)
                Name the authorities to trust with --ca, and what the broker asks for with --certificate and
                --certificate-key.
                """)
        case .connectionLost: self.init(.unreachable, "\(error.message) (\(address))")
        case .badArgument: self.init(.usage, error.message)
        case .refused(ErrorCode.auth.rawValue):
            self.init(
                .refused,
                """
                \(error.message)
                This broker has users: set the environment variable MARTLET_TOKEN, or name a file with --token-file.
                The token is what 'martlet token new' printed for the user of access.users.
                """)
        case .refused(ErrorCode.denied.rawValue):
            self.init(
                .refused,
                """
                \(error.message)
                What a user may do is in access.users of the broker's configuration; a topic that the user may not
                consume looks as if it did not exist.
                """)
        default: self.init(.refused, error.message)
        }
    }

    /// The same failure with more to tell about it.
    func telling(_ more: String) -> CommandFailure { CommandFailure(status, "\(message)\n\(more)") }

    /// Runs the body of a command; a failure is told on standard error and becomes the exit code.
    static func reporting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let failure as CommandFailure {
            throw failure.reported()
        }
    }

    /// Tells the failure on standard error.
    ///
    /// - Returns: what to throw so that the process exits with the status.
    func reported() -> ExitCode {
        StandardError.write("martlet: \(message)\n")
        return ExitCode(status.rawValue)
    }
}
