// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The headers of a message, in their order; names are unique without regard to case.
public struct Headers: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    private var entries: [(name: String, value: String)] = []

    /// Makes empty headers.
    public init() {}

    /// Makes headers of names and values; of two with the same name the last holds.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self[name] = value }
    }

    package init(_ entries: [(name: String, value: String)]) {
        self.entries = entries
    }

    /// The value of a header; setting nil removes it.
    public subscript(_ name: String) -> String? {
        get { index(of: name).map { entries[$0].value } }
        set {
            switch (index(of: name), newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// Whether there are none.
    public var isEmpty: Bool { entries.isEmpty }

    /// All headers in their order.
    public var all: [(name: String, value: String)] { entries }

    private func index(of name: String) -> Int? {
        let lowered = name.lowercased()
        return entries.firstIndex { $0.name == name || $0.name.lowercased() == lowered }
    }

    /// Whether both hold the same headers in the same order.
    public static func == (left: Headers, right: Headers) -> Bool {
        left.entries.elementsEqual(right.entries) { $0 == $1 }
    }

    /// Feeds the headers into a hasher.
    public func hash(into hasher: inout Hasher) {
        for (name, value) in entries {
            hasher.combine(name)
            hasher.combine(value)
        }
    }
}
