// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What bytes from outside are read by; each is given any bytes at all.
///
/// `make fuzz` looks for bytes that break one, and the tests repeat those that are known.
enum FuzzTarget: String, CaseIterable {
    /// What a client sends.
    case frames
    /// Lists of tags and of offsets.
    case tags
    /// Blocks of headers.
    case headers
    /// Values of the data file's rows.
    case rows
    /// Packs of messages.
    case packs
    /// The byte form of batches.
    case batches
    /// What a broker sends, as the client library reads it.
    case incoming

    /// Reads the bytes.
    ///
    /// - Throws: `BrokenProperty` when what was read is not what it must be; to trap is a fault too.
    func read(_ bytes: [UInt8]) throws {
        switch self {
        case .frames: try FramesEntry.read(bytes)
        case .tags: try TagsEntry.read(bytes)
        case .headers: try HeadersEntry.read(bytes)
        case .rows: try RowsEntry.read(bytes)
        case .packs: try PacksEntry.read(bytes)
        case .batches: try BatchesEntry.read(bytes)
        case .incoming: try IncomingEntry.read(bytes)
        }
    }

    /// Valid input with which a search begins.
    var seeds: [[UInt8]] {
        switch self {
        case .frames: FramesEntry.seeds
        case .tags: TagsEntry.seeds
        case .headers: HeadersEntry.seeds
        case .rows: RowsEntry.seeds
        case .packs: PacksEntry.seeds
        case .batches: BatchesEntry.seeds
        case .incoming: IncomingEntry.seeds
        }
    }
}
