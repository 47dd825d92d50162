// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The messages of a topic, looked at without consuming them.

import { api } from "../core/api.js";
import { button, h, link } from "../core/dom.js";
import { count, field, printable, time } from "../core/format.js";
import { place } from "../core/place.js";
import { Table } from "./table.js";

const size = 25;

/** A line of a body. */
export function glance(message, length = 90) {
  if (message.bodyBase64 !== undefined) return `bytes, base64: ${message.bodyBase64.slice(0, 40)}…`;
  const text = (message.body ?? "").slice(0, length + 1);
  return printable(text.length > length ? text.slice(0, length) + "…" : text);
}

/** A page of messages; large ones come in several answers. */
async function fetchAll(topic, start, last) {
  const rows = [];
  let from = start;
  while (rows.length < size && from <= Math.min(last, start + size - 1)) {
    const some = await api.messages(topic, from, size - rows.length);
    if (some.length === 0) break;
    rows.push(...some);
    from = some.at(-1).offset + 1;
  }
  return rows;
}

/** A table of messages with a field for the offset from which they are shown. */
export function browser(view, topic) {
  let from;
  let info;
  const table = new Table({
    caption: `Messages of ${topic}`, key: (row) => String(row.offset), things: "message", empty: "no messages there",
    isSmall: true,
    columns: [
      { title: "Offset", class: "number", text: (row) => String(row.offset),
        cell: (row) => link(String(row.offset), place.message(topic, row.offset)) },
      { title: "Time", text: (row) => time(row.time) },
      { title: "Id", class: "name", text: (row) => field(row, "id") ?? "",
        cell: (row) => h("bdi", {}, field(row, "id") ?? "") },
      { title: "Key", class: "name wide", text: (row) => field(row, "key") ?? "",
        cell: (row) => h("bdi", {}, field(row, "key") ?? "") },
      { title: "Body", class: "glance", text: (row) => glance(row), cell: (row) => h("bdi", {}, glance(row)) },
    ],
  });
  const offset = h("input", { id: "from-offset", type: "number", min: "1", inputmode: "numeric" });
  const id = h("input", { id: "by-id", type: "text", autocomplete: "off", spellcheck: "false" });
  const older = button("‹ Older", () => turn(-size), { class: "quiet" });
  const newer = button("Newer ›", () => turn(size), { class: "quiet" });
  const last = () => info ? Math.max(info.first, info.next - size) : 1;
  const load = () => view.attempt(async () => {
    const start = Math.max(from ?? last(), info.first);
    const rows = info.messages ? await fetchAll(topic, Math.max(1, start), info.next - 1) : [];
    table.update(rows.reverse());
    older.disabled = start <= info.first;
    newer.disabled = from === undefined;
  });
  const turn = (step) => {
    const next = Math.max(info.first, (from ?? last()) + step);
    from = next >= last() ? undefined : next;
    return load();
  };
  const form = h("form", {
    class: "row", onsubmit: (event) => {
      event.preventDefault();
      if (id.value.trim()) location.hash = place.messageByID(topic, id.value.trim());
      else {
        from = offset.value ? Number(offset.value) : undefined;
        load();
      }
    },
  }, h("label", { for: "from-offset" }, "From offset"), offset, h("label", { for: "by-id" }, "or find id"), id,
    h("button", { type: "submit" }, "Look"),
  h("span", { class: "grow" }), older, button("Newest", () => { from = undefined; offset.value = ""; load(); },
    { class: "quiet" }), newer);
  let seen;
  return {
    node: h("div", {}, form, table.node),
    /** Takes what is known of the topic; the newest are looked at again when there are newer ones. */
    update(found) {
      info = found;
      const state = `${info.first} ${info.next} ${count(info.messages)}`;
      if (state !== seen && (from === undefined || seen === undefined)) load();
      seen = state;
    },
  };
}
