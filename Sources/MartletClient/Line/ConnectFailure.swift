// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What people are told about a connection that could not be opened, or that broke.
enum ConnectFailure {
    /// Why no connection could be opened.
    static func text(_ error: any Error, address: ClientConfiguration.Address) -> String {
        if let error = error as? NIOConnectionError {
            guard let last = error.connectionErrors.last else { return "the host '\(address.host)' is not known" }
            return text(last.error, address: address)
        }
        return "cannot connect to \(address) (\(reason(error)))"
    }

    /// How a connection ended, which an error may have caused.
    static func ending(_ failure: (any Error)?) -> String {
        guard let failure else { return "the broker closed the connection" }
        return "the connection to the broker broke (\(reason(failure)))"
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? IOError, error.errnoCode != 0 {
            // SAFETY: `strerror` answers a string for every number, which is copied at once.
            return strerror(error.errnoCode).map { String(cString: $0).lowercased() } ?? "error \(error.errnoCode)"
        }
        // A peer that ends without the goodbye of TLS.
        if case .uncleanShutdown? = error as? NIOSSLError { return "it ended without a goodbye" }
        if case .connectTimeout? = error as? ChannelError { return "connection timed out" }
        return "\(error)"
    }
}
