// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletBroker
import Testing

extension Reply {
    /// The elements of a list that is answered.
    func elements() throws -> [[String: Any]] {
        let json = try #require(json)
        return try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [[String: Any]])
    }

    /// One member of each of them.
    func values(of name: String) throws -> [String] { try elements().compactMap { $0[name] as? String } }
}
