// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletData

extension CommandFailure {
    /// What a failed data command exits with.
    init(_ error: DataError) {
        let status: ExitStatus =
            switch error.code {
            case .damaged: .damaged
            case .io: .io
            case .refused, .locked, .schema: .refused
            }
        self.init(status, error.description)
    }

    /// Runs the body of a data command; a failure is told on standard error and becomes the exit code.
    static func reportingData(_ body: () throws -> Void) throws {
        try reporting {
            do {
                try body()
            } catch let error as DataError {
                throw CommandFailure(error)
            }
        }
    }
}
