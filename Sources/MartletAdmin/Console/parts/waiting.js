// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The oldest messages that a subscription has not settled, each with the reason as a sentence.

import { api } from "../core/api.js";
import { h, link } from "../core/dom.js";
import { field } from "../core/format.js";
import { place } from "../core/place.js";
import { mark } from "./facts.js";
import { sentence } from "./sentence.js";
import { Table } from "./table.js";

const looked = 40;
const shown = 15;
const part = 8;
const over = new Set(["handled", "filtered", "dead", "expired", "before-start", "lost-to-retention", "not-found"]);

/** The table; `load` looks again behind what is settled without holes. */
export function unhandled(topic, name) {
  const table = new Table({
    caption: "The oldest unhandled messages", key: (row) => String(row.offset), things: "message", isSmall: true,
    empty: "nothing is unhandled among the oldest messages",
    columns: [
      { title: "Message", text: (row) => String(row.offset),
        cell: (row) => link(String(row.offset), place.message(topic, row.offset)) },
      { title: "Id", class: "name wide", text: (row) => row.id ?? "", cell: (row) => h("bdi", {}, row.id ?? "") },
      { title: "Verdict", text: (row) => row.verdict, cell: (row) => mark(row.verdict) },
      { title: "Why", class: "text", text: (row) => row.text, cell: (row) => h("bdi", {}, row.text) },
    ],
  });
  return {
    node: table.node,
    async load(floor) {
      const messages = await api.messages(topic, floor + 1, looked);
      const rows = [];
      // A few at a time: who looks on must not keep the broker busy.
      for (let start = 0; start < messages.length && rows.length < shown; start += part) {
        const some = messages.slice(start, start + part);
        const answers = await Promise.all(some.map((message) => api.why(topic, message.offset)));
        some.forEach((message, index) => {
          const answer = answers[index].find((one) => one.subscription === name);
          if (!answer || over.has(answer.verdict) || rows.length === shown) return;
          const text = sentence(answer).replace(/^not handled: /, "");
          rows.push({ offset: message.offset, id: field(message, "id"), verdict: answer.verdict, text });
        });
      }
      table.update(rows);
    },
  };
}
