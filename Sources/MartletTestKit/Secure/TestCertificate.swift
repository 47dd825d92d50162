// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A certificate and its key, both in PEM form.
package struct TestCertificate: Sendable {
    package let certificate: String
    package let key: String
}
