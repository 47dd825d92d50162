// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How an environment is opened.
package struct EnvironmentOptions: Sendable {
    /// The largest size the file may grow to, in bytes; on 64 bits it costs address space alone.
    package var mapSize: Int

    /// How many named tables may be open at once.
    package var maxTables: Int

    /// How many read transactions may be open at once, over all processes.
    package var maxReaders: Int

    /// Whether a commit leaves its meta page to the next flush.
    ///
    /// One flush per commit instead of two. The file stays intact whatever happens, but a power failure may undo the
    /// last commit: confirm it only after the next commit or `Environment.sync()` has returned.
    package var noMetaSync: Bool

    /// The mode of the files if they are created.
    package var mode: UInt32

    /// Whether there is no lock file: no other process may have the folder then.
    package var isAlone: Bool

    /// Options with the broker's defaults: a map of 1 TiB and every commit flushed in full.
    package init(
        mapSize: Int = 1 << 40,
        maxTables: Int = 32,
        maxReaders: Int = 126,
        noMetaSync: Bool = false,
        mode: UInt32 = 0o600,
        isAlone: Bool = false
    ) {
        self.mapSize = mapSize
        self.maxTables = maxTables
        self.maxReaders = maxReaders
        self.noMetaSync = noMetaSync
        self.mode = mode
        self.isAlone = isAlone
    }
}
