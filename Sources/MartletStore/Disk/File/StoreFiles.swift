// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Which files of a data folder make up a store: what is copied, checked and moved as one.
package enum StoreFiles {
    /// The data file.
    package static let data = "data.mdb"
    /// The files that hold what was confirmed, in the order in which a backup has them.
    package static let parts = [data]
    /// The folder in which new parts are made, until they are moved to their place.
    package static let draft = "data.new"
    /// Files that hold nothing and are made anew.
    package static let others = ["lock.mdb", "martlet.lock"]
}
