// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Asks for a token when the broker has users.

import { api } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { View } from "../core/view.js";
import { failure } from "../parts/notice.js";

export function loginPage(main, done) {
  const view = new View(main, "Log in");
  const token = h("input", { id: "token", type: "password", required: true, autocomplete: "current-password",
    "aria-describedby": "token-hint" });
  const error = h("div", { role: "alert" });
  const form = h("form", {
    class: "login", onsubmit: async (event) => {
      event.preventDefault();
      try {
        await api.login(token.value.trim());
        done();
      } catch (refusal) {
        fill(error, failure(refusal));
        token.select();
      }
    },
  }, h("p", {}, "This broker has users. Log in with your token."),
    h("div", { class: "field" }, h("label", { for: "token" }, "Token"), token,
    h("small", { id: "token-hint" }, "It is sent to this broker only, and kept nowhere else.")), error,
  h("div", { class: "row end" }, h("button", { type: "submit", class: "primary" }, "Log in")));
  view.add(form);
  token.focus();
  return view;
}
