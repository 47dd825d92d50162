// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What is scheduled in a topic: cancelled and rescheduled by id.

import { api } from "../core/api.js";
import { button, fill, h } from "../core/dom.js";
import { distance, field, size, time } from "../core/format.js";
import { cancel, reschedule } from "./actions.js";
import { section } from "./facts.js";
import { Table } from "./table.js";

const page = 100;

/** The list, which is there when something is scheduled. */
export class ScheduledList {
  #after = [];

  constructor(topic, done) {
    this.topic = topic;
    const then = (deed) => async () => { if (await deed()) done(); };
    this.table = new Table({
      caption: `Scheduled in ${topic}`, key: (row) => `${row.due}-${row.number}`, things: "scheduled message",
      isSmall: true,
      columns: [
        { title: "Due", text: (row) => `${time(row.due)} (in ${distance(row.due)})` },
        { title: "Id", class: "name", text: (row) => field(row, "id") ?? "",
          cell: (row) => h("bdi", {}, field(row, "id") ?? "") },
        { title: "Key", class: "name wide", text: (row) => field(row, "key") ?? "",
          cell: (row) => h("bdi", {}, field(row, "key") ?? "") },
        { title: "Process", class: "name wide", text: (row) => field(row, "process") ?? "",
          cell: (row) => h("bdi", {}, field(row, "process") ?? "") },
        { title: "Size", class: "number wide", text: (row) => size(row.bytes) },
        {
          title: "What to do", text: (row) => row.id ?? "", cell: (row) => row.id && [
            button("Reschedule", then(() => reschedule(topic, row.id)),
              { class: "quiet", "aria-label": `Reschedule ${row.id}` }),
            button("Cancel", then(() => cancel(topic, row.id)), { class: "quiet", "aria-label": `Cancel ${row.id}` })],
        },
      ],
    });
    this.more = h("div", { class: "pager", hidden: true }, button("‹ First", () => this.#turn(), { class: "quiet" }),
      button("Later ›", () => this.#turn(this.last), { class: "quiet" }));
    this.node = h("div", { hidden: true });
    fill(this.node, section("Scheduled", this.table.node, this.more));
  }

  #turn(last) {
    this.#after = last ? [`${last.due}-${last.number}`] : [];
    return this.load();
  }

  async load() {
    const rows = await api.scheduled(this.topic, page, this.#after[0]);
    this.last = rows.at(-1);
    this.table.update(rows);
    this.more.hidden = rows.length < page && this.#after.length === 0;
    this.node.hidden = rows.length === 0 && this.#after.length === 0;
  }
}
