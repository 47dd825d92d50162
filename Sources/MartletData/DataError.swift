// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// Why a data command did not do what it was asked.
package struct DataError: Error, Equatable, CustomStringConvertible, Sendable {
    /// What kind of reason.
    package enum Code: String, Sendable {
        /// A folder or a file is not what is needed.
        case refused
        /// A broker or another command uses the folder.
        case locked
        /// Another version of martlet wrote it.
        case schema
        /// It is damaged.
        case damaged
        /// A file, a pipe or the disk failed.
        case io
    }

    /// What kind of reason.
    package var code: Code
    /// The reason, and what to do.
    package var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    init(_ error: StoreError) {
        switch error.code {
        case .locked: self.init(.locked, error.description)
        case .schema: self.init(.schema, error.description)
        case .damaged: self.init(.damaged, error.description)
        case .folder: self.init(.refused, error.description)
        default: self.init(.io, error.description)
        }
    }

    /// Runs what may fail in the store.
    static func of<Result>(_ body: () throws -> Result) throws(DataError) -> Result {
        do {
            return try body()
        } catch let error as DataError {
            throw error
        } catch let error as StoreError {
            throw DataError(error)
        } catch {
            throw DataError(.io, "\(error)")
        }
    }
}
