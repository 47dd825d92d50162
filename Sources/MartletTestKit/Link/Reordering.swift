// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// Messages of a connection that are collected to be passed on in another order.
struct Reordering {
    private struct Collection {
        var consumer: Substring
        var frames: [LinkFrame]
        /// Frames that are waited for.
        var size: Int
        /// Whether two change places; else the order is drawn.
        var isSwap: Bool
    }

    private var collections: [Collection] = []

    /// Whether something is waited with.
    var isEmpty: Bool { collections.isEmpty }

    /// Takes a message, which begins a collection when `size` is 2 or more and its consumer has none.
    ///
    /// - Returns: what is to be passed on now, and how many of it were overtaken.
    mutating func take(
        _ frame: LinkFrame, size: Int, isSwap: Bool, _ dice: inout SeededRandom
    ) -> (frames: [LinkFrame], overtaken: Int) {
        let fields = frame.fields
        let consumer = fields.count > 1 ? fields[1] : ""
        if let index = collections.firstIndex(where: { $0.consumer == consumer }) {
            collections[index].frames.append(frame)
            guard collections[index].frames.count >= collections[index].size else { return ([], 0) }
            return Self.order(collections.remove(at: index), &dice)
        }
        guard size > 1 else { return ([frame], 0) }
        collections.append(Collection(consumer: consumer, frames: [frame], size: size, isSwap: isSwap))
        return ([], 0)
    }

    /// Gives up waiting for more.
    mutating func flush(_ dice: inout SeededRandom) -> (frames: [LinkFrame], overtaken: Int) {
        var frames: [LinkFrame] = []
        var overtaken = 0
        for collection in collections {
            let (ordered, count) = Self.order(collection, &dice)
            frames += ordered
            overtaken += count
        }
        collections = []
        return (frames, overtaken)
    }

    private static func order(
        _ collection: Collection, _ dice: inout SeededRandom
    ) -> (frames: [LinkFrame], overtaken: Int) {
        let before = Array(collection.frames.indices)
        var places = collection.isSwap ? before.reversed() : before.shuffled(using: &dice)
        // A fault that was asked for shall be one.
        if places == before, places.count > 1 { places.append(places.removeFirst()) }
        var latest = -1
        var overtaken = 0
        for place in places {
            if place < latest { overtaken += 1 }
            latest = max(latest, place)
        }
        return (places.map { collection.frames[$0] }, overtaken)
    }
}
