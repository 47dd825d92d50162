// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a power failure leaves of the writes that no flush has covered.
enum Loss: String, CaseIterable, Sendable {
    /// None of them.
    case all
    /// Each of them.
    case nothing
    /// Some of them, whole.
    case someWrites
    /// Some of their pages of 4,096 bytes.
    case somePages
    /// Some of their sectors of 512 bytes.
    case someSectors
    /// Each but those of LMDB's meta pages, or of the header of a segment.
    case meta
    /// Those alone.
    case allButMeta
    /// Each but the newest.
    case newest
    /// The newest alone.
    case allButNewest
    /// Each up to one of them, and that one to a sector.
    case torn

    /// Where the part ends that is lost or kept as one, and in which a byte of the file lies.
    func end(of place: Int) -> Int {
        let grain =
            switch self {
            case .somePages: 4_096
            case .someSectors, .torn: 512
            default: 0
            }
        return grain == 0 ? .max : place / grain * grain + grain
    }
}
