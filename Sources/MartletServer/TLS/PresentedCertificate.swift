// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// An event of the pipeline: the client has shown a certificate that was verified, before anything it says arrives.
struct PresentedCertificate {
    /// The name in it.
    let name: String
}
