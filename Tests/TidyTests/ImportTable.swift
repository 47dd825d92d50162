// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Who may import what, as the table of the architecture says.
///
/// SwiftPM does not enforce it: an import of a module that a dependency brings along compiles undeclared.
enum ImportTable {
    /// Modules of this package that a target may import.
    static let own: [String: Set<String>] = [
        "CLMDB": [],
        "CCRC32C": [],
        "CDirect": [],
        "CPrefetch": [],
        "CConsole": [],
        "LMDB": ["CLMDB"],
        "MartletLock": [],
        "MartletModel": [],
        "MartletProtocol": ["MartletModel"],
        "MartletStore": ["MartletModel", "LMDB", "CCRC32C", "CDirect"],
        // What is done to a data file without its broker: copies, checks, exports.
        "MartletData": ["MartletModel", "MartletStore", "LMDB", "CCRC32C"],
        "MartletBroker": ["MartletModel", "MartletStore", "CPrefetch"],
        "MartletService": ["MartletLock", "MartletModel", "MartletStore", "MartletBroker"],
        "MartletServer": ["MartletLock", "MartletModel", "MartletService", "MartletBroker", "MartletProtocol"],
        // The parser of the protocol, so that the rules of the wire hold for the administration too.
        "MartletAdmin": [
            "MartletLock", "MartletModel", "MartletService", "MartletBroker", "MartletProtocol", "CConsole",
        ],
        "MartletClient": ["MartletLock", "MartletModel", "MartletProtocol"],
        "MartletJSON": ["MartletClient"],
        "CSQLite": [],
        "MartletSQLite": ["MartletClient", "CSQLite"],
        "MartletTestKit": [
            "MartletLock", "MartletModel", "MartletServer", "MartletService", "MartletBroker", "MartletClient",
        ],
        "martlet": [
            "MartletLock", "MartletModel", "MartletServer", "MartletService", "MartletAdmin", "MartletClient",
            "MartletProtocol", "MartletData",
        ],
        "Benchmarks": ["MartletLock", "MartletClient", "MartletTestKit"],
    ]

    /// Outside modules that a target must not import; a final `*` stands for any rest of the name.
    static let forbidden: [String: [String]] = [
        "LMDB": ["NIO*"],
        "MartletLock": ["NIO*", "Dispatch"],
        "MartletProtocol": ["NIOPosix"],
        "MartletStore": ["NIO*"],
        "MartletModel": ["NIO*", "Dispatch", "Synchronization"],
        "MartletBroker": ["NIO*", "Dispatch", "Synchronization"],
        // Its waits are on the steady clock, which those of Dispatch are not.
        "MartletService": ["NIO*", "Dispatch"],
    ]

    /// Targets that may import Foundation; the core keeps to the standard library, which is smaller and faster.
    static let foundation: Set<String> = [
        "MartletJSON", "MartletAdmin", "MartletData", "martlet", "Benchmarks", "MartletTestKit",
    ]

    /// Why the target may not import the module; nil when it may.
    static func objection(to module: String, in target: String) -> String? {
        guard let allowed = own[target] else { return "the target \(target) is not in the import table" }
        if own[module] != nil {
            return allowed.contains(module) ? nil : "\(target) must not import \(module)"
        }
        if module.hasPrefix("Foundation"), !foundation.contains(target) {
            return "\(target) must not import \(module)"
        }
        for pattern in forbidden[target] ?? [] {
            let matches = pattern.hasSuffix("*") ? module.hasPrefix(pattern.dropLast()) : module == pattern
            if matches { return "\(target) must not import \(module)" }
        }
        return nil
    }
}
