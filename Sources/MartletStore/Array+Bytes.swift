// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// Runs a closure on the bytes; what it throws keeps its type.
    func withBytes<Value>(
        _ body: (UnsafeRawBufferPointer) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = withUnsafeBytes { bytes in
            Result { () throws(StoreError) in try body(bytes) }
        }
        return try result.get()
    }
}
