// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Who says something on a connection.
public enum FrameSide: Sendable {
    /// The client: commands.
    case client
    /// The broker: replies and pushes.
    case broker
}
