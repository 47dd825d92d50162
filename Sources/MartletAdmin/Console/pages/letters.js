// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The dead letters of one subscription: chosen, looked at, and delivered again after a dry run.

import { api } from "../core/api.js";
import { button, h, link } from "../core/dom.js";
import { count } from "../core/format.js";
import { place } from "../core/place.js";
import { View } from "../core/view.js";
import { redrive } from "../parts/actions.js";
import { labelled } from "../parts/ask.js";
import { letterTable, tellRedrive } from "../parts/letters.js";

const size = 50;
const reasons = ["max-failures", "max-deliveries", "rejected", "expired", "lease-cap"];
const fields = [
  { name: "reason", label: "Reason", options: [["", "any"], ...reasons.map((reason) => [reason, reason])] },
  { name: "code", label: "Code" }, { name: "key", label: "Key" },
];

export function lettersPage(main, { topic, name }) {
  const view = new View(main, `Dead letters of ${name}`,
    [link("Topics", place.topics), link(topic, place.topic(topic)), link(name, place.subscription(topic, name))]);
  const controls = new Map();
  const table = letterTable(topic, name, async (id) => { if (await redrive(topic, name, { id })) again(); });
  const tally = h("p", { role: "status" });
  const job = h("div", { role: "status" });
  // The offsets behind which the pages before this one began.
  const starts = [0];
  let next;
  const choice = () => Object.fromEntries([...controls].map(([key, control]) =>
    [key, control.value.trim()]).filter(([, value]) => value));
  const load = async () => {
    const found = await api.dead(topic, name, { ...choice(), after: starts.at(-1), limit: size });
    next = found.next;
    table.update(found.messages);
    before.disabled = starts.length === 1;
    after.disabled = next === undefined;
  };
  const again = () => view.attempt(async () => {
    starts.length = 1;
    await load();
    await tell();
  });
  const before = button("‹ Before", () => view.attempt(() => {
    starts.pop();
    return load();
  }), { class: "quiet" });
  const after = button("After ›", () => view.attempt(() => {
    starts.push(next);
    return load();
  }), { class: "quiet" });
  const form = h("form", { class: "choose", onsubmit: (event) => { event.preventDefault(); again(); } },
    fields.map((field) => labelled(field, `dead-${field.name}`, controls)),
    h("div", { class: "row end" }, h("button", { type: "submit" }, "Filter"),
      button("Dry run, then redrive", async () => { if (await redrive(topic, name, choice())) again(); },
        { class: "primary" })));
  const tell = async () => {
    const info = await api.subscription(topic, name);
    tally.textContent = `${count(info.dead)} dead letters in all`;
    tellRedrive(job, info, topic, name, again);
    return info;
  };
  view.add(tally, job, form, table.node, h("div", { class: "pager" }, before, after));
  let seen;
  view.keep(async () => {
    const info = await tell();
    // Only what changed is read again, so that no one loses the place.
    if (seen !== info.dead) await load();
    seen = info.dead;
  });
  return view;
}
