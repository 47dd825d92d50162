// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// All subscriptions with dead letters.

import { api } from "../core/api.js";
import { link } from "../core/dom.js";
import { count } from "../core/format.js";
import { place } from "../core/place.js";
import { View } from "../core/view.js";
import { mark } from "../parts/facts.js";
import { Table } from "../parts/table.js";

export function deadPage(main) {
  const view = new View(main, "Dead letters");
  const table = new Table({
    caption: "Subscriptions with dead letters", key: (row) => `${row.topic} ${row.name}`,
    filter: (row) => `${row.topic} ${row.name}`, things: "subscription",
    empty: "there are no dead letters", sort: [1, -1],
    columns: [
      {
        title: "Subscription", order: (row) => `${row.topic} ${row.name}`,
        text: (row) => `${row.topic} › ${row.name}`,
        cell: (row) => link(`${row.topic} › ${row.name}`, place.letters(row.topic, row.name)),
      },
      { title: "Dead letters", class: "number", first: -1, order: (row) => row.dead, text: (row) => count(row.dead) },
      {
        title: "Redrive", text: (row) => row.redrive ? `${row.redrive.done}/${row.redrive.meant}` : "",
        cell: (row) => row.redrive && [mark("goes on", "busy"),
          ` ${count(row.redrive.done)} of ${count(row.redrive.meant)}`],
      },
    ],
  });
  view.add(table.node);
  let many = 0;
  view.keep(async () => {
    const all = await api.subscriptions();
    many = all.length;
    table.update(all.filter((one) => one.dead > 0 || one.redrive));
  }, () => many > 500 ? 5 : 2);
  return view;
}
