// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Wakes the one thread that waits for it; rung while it does not wait, it ends the next wait at once.
///
/// It waits on the steady clock: when the wall clock is set back, an idle broker must not sleep on until that has
/// caught up.
// SAFETY: `isRung` is touched with the mutex held only, and the other two never change.
final class WakeBell: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isRung = false

    init() {
        pthread_mutex_init(mutex, nil)
        #if canImport(Darwin)
        pthread_cond_init(condition, nil)
        #else
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Ends the wait that goes on, or else the next one.
    func ring() {
        pthread_mutex_lock(mutex)
        isRung = true
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(condition)
    }

    /// Sleeps until the bell is rung, at most that many milliseconds; nil is no limit.
    func wait(milliseconds: UInt64?) {
        let deadline = milliseconds.map { Self.moment(in: $0) }
        pthread_mutex_lock(mutex)
        defer {
            isRung = false
            pthread_mutex_unlock(mutex)
        }
        while !isRung {
            guard let deadline else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            if timedOut(deadline) { return }
        }
    }

    /// Sleeps until the condition is signalled, false, or the moment has come, true.
    private func timedOut(_ deadline: timespec) -> Bool {
        var deadline = deadline
        #if canImport(Darwin)
        let now = Self.moment(in: 0)
        let left = (deadline.tv_sec - now.tv_sec) * 1_000_000_000 + deadline.tv_nsec - now.tv_nsec
        guard left > 0 else { return true }
        deadline = timespec(tv_sec: left / 1_000_000_000, tv_nsec: left % 1_000_000_000)
        return pthread_cond_timedwait_relative_np(condition, mutex, &deadline) == ETIMEDOUT
        #else
        return pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT
        #endif
    }

    private static func moment(in milliseconds: UInt64) -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let nanoseconds = time.tv_nsec + Int(milliseconds % 1_000) * 1_000_000
        time.tv_sec += Int(milliseconds / 1_000) + nanoseconds / 1_000_000_000
        time.tv_nsec = nanoseconds % 1_000_000_000
        return time
    }
}
