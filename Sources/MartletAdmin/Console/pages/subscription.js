// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// One subscription: what its consumers hold, what waits and why, and what can be done.

import { api } from "../core/api.js";
import { button, fill, h, link } from "../core/dom.js";
import { age, count, distance, field, printable, time } from "../core/format.js";
import { place } from "../core/place.js";
import { View } from "../core/view.js";
import { pause, resume, seek } from "../parts/actions.js";
import { bar, Facts, mark, Numbers, section } from "../parts/facts.js";
import { ScheduledList } from "../parts/scheduled.js";
import { alterSubscription, settingsView } from "../parts/settings.js";
import { oldest, states } from "../parts/subscriptions.js";
import { Table } from "../parts/table.js";
import { letterTable, tellRedrive } from "../parts/letters.js";
import { unhandled } from "../parts/waiting.js";

export function subscriptionPage(main, { topic, name }) {
  const view = new View(main, name, [link("Topics", place.topics), link(topic, place.topic(topic))]);
  const [numbers, settings, marks] = [new Numbers(), new Facts(), h("p", { class: "marks" })];
  const [leases, parked, consumers] = [leaseTable(topic), parkedTable(topic, name), consumerTable()];
  const scheduled = new ScheduledList(topic, () => view.reload());
  const redrive = h("div", { role: "status" });
  const waiting = section("Parked", parked.node);
  const first = unhandled(topic, name);
  const died = letterTable(topic, name);
  const dead = section("Dead letters", died.node, h("p", {},
    link("Filter, look, redrive", place.letters(topic, name), { class: "button" })));
  let info;
  let deadBefore;
  const then = (deed) => async () => { if (await deed()) view.reload(); };
  const going = button("Pause", then(() => info?.paused ? resume(topic, name) : pause(topic, name)));
  view.actions.append(going, button("Move", then(() => seek(topic, name)), { class: "danger" }),
    button("Settings", then(() => info && alterSubscription(topic, name, info.settings))));
  view.add(marks, numbers.node, redrive, section("In flight", leases.node),
    section("Oldest unhandled, and why", first.node), waiting, dead,
    section("Consumers", consumers.node), scheduled.node,
    h("details", { class: "settings" }, h("summary", {}, "Settings"), settings.node));
  view.keep(async () => {
    info = await api.subscription(topic, name);
    fill(going, info.paused ? "Resume" : "Pause");
    going.className = info.paused ? "primary" : "";
    tellStates(marks, info);
    numbers.update(figures(info));
    tellRedrive(redrive, info, topic, name, () => view.reload());
    leases.update(info.leases ?? []);
    settings.update([["", settingsView(info.settings)]]);
    const [held, all] = await Promise.all([
      info.parked ? api.parked(topic, name, 100) : [], api.consumers()]);
    waiting.hidden = info.parked === 0;
    parked.update(held);
    dead.hidden = info.dead === 0;
    if (info.dead !== deadBefore) died.update(info.dead ? (await api.dead(topic, name, { limit: 5 })).messages : []);
    deadBefore = info.dead;
    consumers.update(all.filter((one) => one.topic === topic && one.subscription === name));
    await scheduled.load();
  });
  view.keep(async () => first.load((info ?? await api.subscription(topic, name)).floor), 5);
  return view;
}

function tellStates(node, info) {
  const list = states(info);
  const paused = info.paused && `deliveries are paused ${info.pausedUntil
    ? `until ${time(info.pausedUntil)} (${distance(info.pausedUntil)} left)` : "until they are resumed"}`;
  fill(node, list.map(([word, kind]) => mark(word, kind)), paused && h("span", { class: "soft" }, paused));
  node.hidden = list.length === 0;
}

function figures(info) {
  return [
    ["backlog", count(info.backlog)], ["oldest unhandled", oldest(info) ? age(oldest(info)) : "none"],
    ["in flight", count(info.inFlight)], ["deferred", count(info.deferred)],
    ["parked", count(info.parked), info.parked ? "warn" : ""],
    ["dead letters", count(info.dead), info.dead ? "warn" : ""],
    ["filtered", count(info.filtered)], ["lost", count(info.lost), info.lost ? "bad" : ""],
    ["consumers", count(info.consumers), info.backlog && !info.consumers ? "bad" : ""],
    ["settled up to", count(info.floor)],
  ];
}

const offsetColumn = (topic) => ({
  title: "Message", text: (row) => String(row.offset),
  cell: (row) => link(String(row.offset), place.message(topic, row.offset)),
});

function leaseTable(topic) {
  return new Table({
    caption: "Messages in flight", key: (row) => String(row.offset), things: "message", empty: "nothing is in flight",
    isSmall: true,
    columns: [
      offsetColumn(topic),
      { title: "Consumer", text: (row) => printable(row.consumer) },
      { title: "Lease ends", text: (row) => row.until ? `in ${distance(row.until)}` : "" },
      { title: "Attempt", class: "number", text: (row) => String(row.attempt ?? "") },
      {
        title: "Progress", class: "text", text: (row) => `${row.progress ?? ""} ${row.note ?? ""}`,
        cell: (row) => [row.progress !== undefined && [bar(row.progress / 100, `${row.progress} %`),
          ` ${row.progress} % `], row.note && h("bdi", {}, printable(row.note))],
      },
    ],
  });
}

function parkedTable(topic, name) {
  return new Table({
    caption: "Parked messages", key: (row) => String(row.offset), things: "message", isSmall: true,
    columns: [
      { title: "Message", text: (row) => String(row.offset),
        cell: (row) => link(String(row.offset), place.parked(topic, name, row.offset)) },
      { title: "Waits for", text: (row) => age(row.since) },
      { title: "Id", class: "name wide", text: (row) => field(row, "id") ?? "",
        cell: (row) => h("bdi", {}, field(row, "id") ?? "") },
        { title: "Key", class: "name wide", text: (row) => field(row, "key") ?? "",
        cell: (row) => h("bdi", {}, field(row, "key") ?? "") },
      { title: "Code", text: (row) => printable(row.code) },
      { title: "Note", class: "text", text: (row) => printable(row.note),
        cell: (row) => h("bdi", {}, printable(row.note)) },
    ],
  });
}

function consumerTable() {
  return new Table({
    caption: "Consumers", key: (row) => `${row.client}/${row.consumer} ${row.connection ?? ""}`, things: "consumer",
    empty: "no consumer is attached", isSmall: true,
    columns: [
      { title: "Consumer", text: (row) => `${printable(row.client)}/${row.consumer}` },
      { title: "Holds", class: "number", text: (row) => count(row.inFlight) },
      { title: "Window", class: "number", text: (row) => count(row.window) },
      { title: "Got", class: "number", text: (row) => count(row.deliveries) },
    ],
  });
}
