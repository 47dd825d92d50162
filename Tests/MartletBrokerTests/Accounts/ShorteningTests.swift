// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

/// What fails is made short.
struct ShorteningTests {
    @Test func `what does not matter is left out`() {
        let short = Shortening.shortest(of: Array(1...100)) { $0.contains(17) && $0.contains(83) }
        #expect(short == [17, 83])
    }

    @Test func `what matters as a whole stays`() {
        let all = Array(1...10)
        #expect(Shortening.shortest(of: all) { $0 == all } == all)
    }

    @Test func `nothing is left where nothing is needed`() {
        #expect(Shortening.shortest(of: [1, 2, 3]) { _ in true }.isEmpty)
        #expect(Shortening.shortest(of: [Int]()) { _ in true }.isEmpty)
    }
}
