// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Which messages belong to which process: found out when they are published, at no cost for those that have none.
extension Broker {
    /// Notes the processes of records that are about to be appended to a topic, and what those were to get.
    func noteProcesses(_ records: UnsafeRawBufferPointer, to topic: Topic) throws(StoreError) {
        var offset = topic.row.next
        var rest = records
        while let size = StoredMessage.size(at: rest) {
            let record = UnsafeRawBufferPointer(rebasing: rest[..<size])
            if let fields = StoredMessage.fields(of: record) { try noteProcess(of: fields, at: offset, of: topic) }
            offset += 1
            rest = UnsafeRawBufferPointer(rebasing: rest[size...])
        }
    }

    /// Notes the process of a message that is about to be appended, and what that was to get.
    func noteProcess(of fields: MessageFields, at offset: UInt64, of topic: Topic) throws(StoreError) {
        guard !fields.process.isEmpty else { return }
        let hash = IDHash.hash(fields.process, idKey: idKey)
        topic.newProcesses.append(ProcessMark(offset: offset, hash: hash))
        taken += 12
        try meet(fields.process, in: topic)
    }

    /// Offsets of messages that may belong to a process.
    func processOffsets(of process: [UInt8], in topic: Topic) throws(StoreError) -> [UInt64] {
        let hash = process.withUnsafeBytes { IDHash.hash($0, idKey: idKey) }
        let stored = try store.processOffsets(topic: topic.id, hash: hash)
        return (stored + topic.newProcesses.filter { $0.hash == hash }.map(\.offset)).filter { $0 >= topic.row.first }
    }
}
