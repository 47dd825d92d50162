// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A space whose records have one type: its name, the type and the coding, said once.
///
/// With `MartletJSON`, `Space<Cart>("carts")` is a space of carts in JSON.
public struct Space<Value: Sendable>: Sendable {
    /// The space's name.
    public let name: String
    /// How its values become bytes.
    public let coding: BodyCoding<Value>

    /// Makes a space of a coding of your own.
    public init(_ name: String, coding: BodyCoding<Value>) {
        self.name = name
        self.coding = coding
    }

    /// The value of a record.
    ///
    /// - Throws: `BodyMismatch` that says which record, what is wrong and where.
    func value(of record: Record, _ key: String) throws(BodyMismatch) -> TypedRecord<Value> {
        do {
            return TypedRecord(
                version: record.version, time: record.time, expires: record.expires,
                value: try coding.decode(record.value))
        } catch {
            throw BodyMismatch(place: "the record \(name)/\(key)", problem: "not a \(Value.self): \(error)")
        }
    }
}
