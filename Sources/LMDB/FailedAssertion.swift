// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What LMDB calls when it finds its own pages inconsistent; it ends the process when this returns.
///
/// A process that handles `SIGABRT` has its own last words, and LMDB's line about its source text stays away.
func stopOnFailedAssertion(_: OpaquePointer?, _: UnsafePointer<CChar>?) {
    var action = sigaction()
    guard sigaction(SIGABRT, nil, &action) == 0 else { return }
    #if canImport(Darwin)
    let handler = action.__sigaction_u.__sa_handler
    #else
    let handler = action.__sigaction_handler.sa_handler
    #endif
    if handler != nil { abort() }
}
