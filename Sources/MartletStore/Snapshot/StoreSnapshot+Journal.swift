// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension StoreSnapshot {
    /// Makes an empty journal for this file in a folder, from which a broker goes on behind the file's last batch.
    ///
    /// A file of a version that had none gets one at its first start.
    package func makeJournal(in folder: String) throws(StoreError) {
        guard let journal else { return }
        try Journal.make(in: folder, identity: journal, next: applied.index + 1)
    }
}
