// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What routes work with.
struct AdminSite: Sendable {
    let configuration: AdminConfiguration
    let callers: CallerDirectory
    let desks: SurveyDesks
    let routes: RouteTable
}
