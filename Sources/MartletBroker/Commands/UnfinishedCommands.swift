// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What is left of a connection's commands when a step has no room for them: they go on in the next one, in order.
final class UnfinishedCommands {
    /// When it arrived, in steady milliseconds: deadlines count by that.
    let arrival: UInt64
    /// The batch that was cut.
    let batch: CommandBatch
    /// The item at which it goes on.
    var item: Int
    /// How far that item has come, when it was cut itself.
    var progress: CommandProgress?
    /// What came in behind it.
    var waiting = Fifo<Input>()

    /// All batches in here, whose memory may be used again once no client waits for them.
    var batches: [CommandBatch] {
        var batches = [batch]
        for place in 0..<waiting.count {
            if case .commands(let batch)? = waiting[place] { batches.append(batch) }
        }
        return batches
    }

    init(_ batch: CommandBatch, arrival: UInt64, item: Int, progress: CommandProgress?) {
        self.arrival = arrival
        self.batch = batch
        self.item = item
        self.progress = progress
    }
}
