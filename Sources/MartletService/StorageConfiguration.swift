// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Where the data file is and how far it may grow.
package struct StorageConfiguration: Sendable {
    /// The folder of the data file.
    package var folder = Defaults.dataFolder
    /// The largest size that the data file can reach, in bytes.
    package var mapSize = Defaults.mapSize
    /// Percent of the map or disk that must stay free.
    package var reservePercent = Defaults.reservePercent
    /// The least that must stay free, in bytes.
    package var reserveMinimum = Defaults.reserveMinimum

    /// Makes a configuration of defaults.
    package init() {}
}
