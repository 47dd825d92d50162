// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What all commands take that work on a data folder.
struct DataOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The data folder of the broker.", valueName: "folder"), completion: .directory)
    var data = "data"
}
