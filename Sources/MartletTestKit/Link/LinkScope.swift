// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Frames of a `FaultyLink` that wait together.
public enum LinkScope: Sendable, Hashable {
    /// `MSG`, and `LOST` and `GONE`, which must not overtake it; replies go on.
    case messages
    /// All that the broker says.
    case fromBroker
    /// All that the client says.
    case fromClient

    func includes(_ side: FrameSide, isMessage: Bool) -> Bool {
        switch self {
        case .messages: side == .broker && isMessage
        case .fromBroker: side == .broker
        case .fromClient: side == .client
        }
    }
}
