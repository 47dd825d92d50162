// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What is stored of what `pub` has sent, and how it can be told to people at every end.
struct PublishAccount {
    /// Where the messages go.
    let topic: String
    /// Whether each message has an id, so that a repeat is harmless.
    let hasIDs: Bool
    /// Whether every line of the input is a message; otherwise there is one message.
    let countsLines: Bool
    /// Messages that were sent.
    var sent = 0
    /// Messages whose answer has come.
    var answered = 0
    /// Messages that were stored now.
    private(set) var stored = 0
    /// Messages that had been stored before, as their ids say.
    private(set) var duplicates = 0
    private var first = Int.max
    private var last = 0
    /// When the messages become visible that were scheduled, the earliest and the latest, in Unix milliseconds.
    private var due: (first: Int, last: Int)?
    /// Messages that were scheduled now.
    private var scheduled = 0

    init(topic: String, hasIDs: Bool, countsLines: Bool) {
        self.topic = topic
        self.hasIDs = hasIDs
        self.countsLines = countsLines
    }

    /// Takes a confirm.
    mutating func take(offset: Int, isDuplicate: Bool) {
        answered += 1
        if isDuplicate {
            duplicates += 1
        } else {
            stored += 1
            first = min(first, offset)
            last = max(last, offset)
        }
    }

    /// Takes the confirm of a message that becomes visible later.
    mutating func take(due time: Int, isDuplicate: Bool) {
        answered += 1
        due = due.map { (min($0.first, time), max($0.last, time)) } ?? (time, time)
        if isDuplicate {
            duplicates += 1
        } else {
            stored += 1
            scheduled += 1
        }
    }

    /// What is said when all went well.
    var summary: String {
        guard stored > 0 else {
            return duplicates == 0
                ? "nothing to publish" : "published nothing new to \(topic): \(duplicates) stored before"
        }
        let again = duplicates > 0 ? ", \(duplicates) more stored before" : ""
        return "published \(stored) \(stored == 1 ? "message" : "messages") to \(topic), \(places)\(again)"
    }

    /// What is said when it ended before all was done: what is stored, and how to repeat it.
    var account: String {
        guard sent > 0 else { return "Nothing was sent." }
        let known = stored + duplicates
        var text = "\(known) of the \(sent) messages sent \(known == 1 ? "is" : "are") stored in \(topic)"
        if sent == 1 { text = known == 1 ? "The message is stored in \(topic)" : "The message is not confirmed" }
        if stored > 0 { text += ", \(places)" }
        let unknown = sent - answered
        if unknown > 0 {
            let which = unknown == 1 ? "the last one" : "the last \(unknown)"
            text += sent == 1 ? "; it may be stored" : "; of \(which) it is not known"
        }
        return "\(text).\n\(advice)"
    }

    private var advice: String {
        if hasIDs { return "Repeating the command with the same input is safe: its --id is stored once." }
        guard stored > 0 || sent > answered else { return "It can be repeated as it was." }
        if stored == sent, countsLines {
            return "To go on, publish the input from line \(sent + 1) on; with an --id it could be repeated as it was."
        }
        return "A repeat may store a message twice; with --id \(countsLines ? "'NAME-{n}'" : "NAME") it is safe."
    }

    /// Where they are, or when they will be there.
    private var places: String {
        guard scheduled > 0, let due else { return offsets }
        let times = ReadableTime()
        let visible =
            times.text(due.first) == times.text(due.last)
            ? "visible \(times.text(due.first))" : "visible \(times.text(due.first)) to \(times.text(due.last))"
        return scheduled == stored ? visible : "\(offsets), \(scheduled) of them \(visible)"
    }

    private var offsets: String { first == last ? "offset \(first)" : "offsets \(first) to \(last)" }
}
