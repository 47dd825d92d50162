// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What is taken off the steady clock, so that the broker's own pauses use up no lease, grace or transaction.
///
/// All times are steady milliseconds. The broker's thread says when its turns come; one that comes much later than
/// planned follows a pause: the process was stopped, its machine was, or it got no processor. Then the clock stands
/// where it stood at the turn before. A long flush is given back too, but in the long run no more than half of the
/// time: on a disk that is slow forever, leases run out half as fast and not never.
struct PauseCorrection {
    /// How late a turn may be without a pause, and how long a flush may take.
    static let tolerance: UInt64 = 1_000
    /// How long the clock stands behind a pause: by then event loops have read what lies in the sockets.
    static let settling: UInt64 = 100
    /// Flushes that are given back before half of the time is the limit.
    static let credit: Int64 = 600_000

    private var lost: UInt64 = 0
    private var floor: UInt64 = 0
    private var last: UInt64
    private var credit = Self.credit
    private var credited: UInt64

    /// Begins with nothing taken off.
    init(at steady: UInt64) {
        last = steady
        credited = steady
    }

    /// What is left of a time of the steady clock; it never falls from one turn to the next.
    func corrected(_ steady: UInt64) -> UInt64 { max(floor, steady - min(lost, steady)) }

    /// A turn of the broker's thread comes.
    ///
    /// - Parameter planned: how long it meant to sleep since the turn before at most; nil is forever.
    /// - Returns: the length of the pause that it follows, if it does.
    mutating func turn(at steady: UInt64, planned: UInt64?) -> UInt64? {
        defer { last = steady }
        let gap = steady - min(last, steady)
        guard let planned, gap > planned + Self.tolerance else { return nil }
        stand(until: steady)
        return gap
    }

    /// A commit or flush that began behind the last turn has ended.
    mutating func flushed(at steady: UInt64) {
        defer { last = steady }
        let gap = steady - min(last, steady)
        guard gap > Self.tolerance else { return }
        credit = min(Self.credit, credit + Int64(clamping: last - min(credited, last)))
        credited = steady
        guard credit > 0 else {
            credit = min(Self.credit, credit + Int64(clamping: gap))
            return
        }
        credit -= Int64(clamping: gap)
        stand(until: steady)
    }

    /// Lets the clock stand where it stood at the last turn, until a moment after this one.
    private mutating func stand(until steady: UInt64) {
        floor = corrected(last)
        lost = steady + Self.settling - floor
    }
}
