// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The delivery behind a message, if there is one.
struct HoldingReference: Sendable {
    // Kept behind a reference, since a delivery holds its message too.
    private final class Box: Sendable {
        let value: Holding
        init(_ value: Holding) { self.value = value }
    }

    private let box: Box?

    init(_ value: Holding?) { box = value.map(Box.init) }

    var value: Holding? { box?.value }
}
