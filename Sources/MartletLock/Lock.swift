// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if !MARTLET_TSAN
package import Synchronization

/// A value that one thread at a time may touch: the only lock of Martlet.
///
/// It is a `Mutex` and costs no more. The thread sanitizer does not see a `Mutex` on Linux, where that is made of bare
/// futex calls, and takes all that it guards for races; a build with MARTLET_TSAN has the one in `SeenLock.swift`.
package struct Lock<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline let mutex: Mutex<Value>

    @inlinable
    package init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    /// Runs the closure with the value while no other thread can.
    @inlinable
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock(body)
    }
}
#endif
