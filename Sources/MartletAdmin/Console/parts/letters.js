// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Dead letters in a table, and the redrive that goes on.

import { api } from "../core/api.js";
import { button, fill, h, link } from "../core/dom.js";
import { count, printable, time } from "../core/format.js";
import { place } from "../core/place.js";
import { glance } from "./browser.js";
import { bar } from "./facts.js";
import { member } from "./letter.js";
import { perform } from "./notice.js";
import { Table } from "./table.js";

/** Tells of a redrive that goes on, with a way to stop it. */
export function tellRedrive(node, info, topic, name, done) {
  const job = info.redrive;
  const text = job ? `${job.done} ${job.meant} ${job.rate}` : "";
  if (node.dataset.text === text) return;
  node.dataset.text = text;
  fill(node, job && h("div", { class: "box busy row" },
    h("span", {}, `Redrive: ${count(job.done)} of ${count(job.meant)}, at most ${job.rate} a second, `
      + `since ${time(job.since)} `),
    bar(job.meant ? job.done / job.meant : 0, `${job.done} of ${job.meant} redriven`),
    button("Stop it", async () => { if (await perform(() => api.stopRedrive(topic, name),
      "The redrive is stopped.")) done(); })));
}

/** A table of dead letters; with `again` each can be redriven by its id. */
export function letterTable(topic, name, again) {
  const of = (title, header, extra = {}) => ({
    title, text: (row) => printable(member(row, header)), cell: (row) => h("bdi", {}, printable(member(row, header))),
    ...extra,
  });
  return new Table({
    caption: `Dead letters of ${topic} ${name}`, key: (row) => String(row.offset), things: "dead letter",
    empty: "no dead letters there", isSmall: true, page: 50,
    columns: [
      { title: "Letter", class: "number", text: (row) => String(row.offset),
        cell: (row) => link(String(row.offset), place.message(`$dead.${topic}.${name}`, row.offset)) },
      { title: "Died", text: (row) => time(Number(member(row, "At") ?? row.time)) },
      of("Id", "Id", { class: "name" }), of("Key", "Key", { class: "name wide" }), of("Reason", "Reason"),
      of("Code", "Code"),
      of("Failures", "Failures", { class: "number wide" }), of("Note", "Note", { class: "glance" }),
      { title: "Body", class: "glance wide", text: (row) => glance(row, 40),
        cell: (row) => h("bdi", {}, glance(row, 40)) },
      ...(again ? [{
        title: "What to do", text: (row) => member(row, "Id") ?? "", cell: (row) => member(row, "Id")
          && button("Redrive", () => again(member(row, "Id")),
            { class: "quiet", "aria-label": `Redrive ${printable(member(row, "Id"))}` }),
      }] : []),
    ],
  });
}
