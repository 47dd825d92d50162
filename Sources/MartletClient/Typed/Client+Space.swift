// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Records whose values have a type.
extension Client {
    /// Reads a record; the rest is as in `record`.
    ///
    /// - Throws: as `record` does; `BodyMismatch` when its value is not of the type.
    public func record<Value>(_ space: Space<Value>, _ key: String) async throws -> TypedRecord<Value>? {
        guard let record = try await record(space.name, key) else { return nil }
        return try space.value(of: record, key)
    }

    /// Sets a record if it has the expected version; the rest is as in `setRecord`.
    ///
    /// - Returns: the record's new version.
    /// - Throws: as `setRecord` does; what the coding throws when the value has no form.
    @discardableResult
    public func setRecord<Value>(
        _ space: Space<Value>, _ key: String, to value: Value, expecting expected: ExpectedVersion,
        ttl: Duration? = nil
    ) async throws -> UInt64 {
        try await setRecord(space.name, key, to: try space.coding.encode(value), expecting: expected, ttl: ttl)
    }
}

extension Step {
    /// Reads a record as this step leaves it; the rest is as in `record`.
    ///
    /// - Throws: as `record` does; `BodyMismatch` when its value is not of the type.
    public func record<Value>(
        _ space: Space<Value>, _ key: String, checked: Bool = true
    ) async throws -> TypedRecord<Value>? {
        guard let record = try await record(space.name, key, checked: checked) else { return nil }
        return try space.value(of: record, key)
    }

    /// Sets a record; the rest is as in `set`.
    ///
    /// - Throws: what the coding throws when the value has no form.
    public func set<Value>(_ space: Space<Value>, _ key: String, to value: Value, ttl: Duration? = nil) throws {
        set(space.name, key, to: try space.coding.encode(value), ttl: ttl)
    }

    /// Removes a record; the rest is as in `remove`.
    public func remove<Value>(_ space: Space<Value>, _ key: String) {
        remove(space.name, key)
    }
}
