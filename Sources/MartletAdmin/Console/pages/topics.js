// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// All topics.

import { api } from "../core/api.js";
import { h, link } from "../core/dom.js";
import { count, size } from "../core/format.js";
import { place } from "../core/place.js";
import { View } from "../core/view.js";
import { Table } from "../parts/table.js";

export function topicsPage(main) {
  const view = new View(main, "Topics");
  const own = h("input", { type: "checkbox", onchange: () => draw() });
  let topics = [];
  const number = (title, value, text = (row) => count(value(row)), extra = "") => ({
    title, class: `number${extra}`, first: -1, order: value, text,
  });
  const table = new Table({
    caption: "Topics", key: (row) => row.name, filter: (row) => `${row.name} ${row.subscriptions.join(" ")}`,
    things: "topic",
    empty: "no topics yet; the first message makes one", sort: [0, 1],
    columns: [
      { title: "Topic", order: (row) => row.name, text: (row) => row.name,
        cell: (row) => link(row.name, place.topic(row.name)) },
      number("Messages", (row) => row.messages),
      number("Size", (row) => row.bytes, (row) => size(row.bytes)),
      number("Next offset", (row) => row.next, undefined, " wide"),
      { title: "Retention", class: "wide", text: (row) => row.retention },
      number("Subscriptions", (row) => row.subscriptions.length),
    ],
  });
  const draw = () => table.update(own.checked ? topics : topics.filter((topic) => !topic.name.startsWith("$")));
  view.actions.append(h("label", { class: "row" }, own, "show the broker's own ($sys, $dead)"));
  view.add(table.node);
  view.keep(async () => {
    topics = await api.topics();
    draw();
  }, () => topics.length > 500 ? 8 : 2);
  return view;
}
