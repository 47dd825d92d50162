// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The overview: what needs attention first, then how much goes on, then every subscription.

import { api } from "../core/api.js";
import { h } from "../core/dom.js";
import { age, count, now, rate, size } from "../core/format.js";
import { live } from "../core/live.js";
import { stats } from "../core/stats.js";
import { View } from "../core/view.js";
import { Attention, needs } from "../parts/attention.js";
import { bar, Facts, Numbers, section } from "../parts/facts.js";
import { news } from "../parts/news.js";
import { Plot } from "../parts/plot.js";
import { subscriptionTable } from "../parts/subscriptions.js";

export function overviewPage(main) {
  const view = new View(main, "Overview");
  const attention = new Attention();
  const numbers = new Numbers();
  const storage = new Facts();
  const table = subscriptionTable();
  const plots = [
    new Plot({
      title: "Messages a second", format: rate, series: [
        { word: "published", value: stats.published, class: "one" },
        { word: "settled", value: stats.settled, class: "two" }],
    }),
    new Plot({ title: "Backlog", format: count, series: [{ value: stats.backlog, class: "one" }] }),
    new Plot({ title: "In flight", format: count, series: [{ value: stats.inFlight, class: "one" }] }),
    new Plot({
      title: "Held up", format: count, series: [
        { word: "deferred, parked", value: stats.held, class: "one" },
        { word: "dead", value: stats.dead, class: "bad" }],
    }),
  ];
  view.add(
    section("What needs you first", attention.node), numbers.node,
    h("div", { class: "plots" }, plots.map((plot) => plot.node)),
    section("Subscriptions", table.node),
    h("div", { class: "columns" }, section("Storage", storage.node), section("What the broker says", news(view))));
  let many = 0;
  view.keep(async () => {
    const [overview, subscriptions] = await Promise.all([live.last ?? api.overview(), api.subscriptions()]);
    many = subscriptions.length;
    attention.update(needs(overview, subscriptions, now()));
    table.update(subscriptions);
    numbers.update(figures(overview));
    storage.update(room(overview.broker.storage));
  }, () => many > 500 ? 5 : 1);
  const draw = () => plots.forEach((plot) => plot.draw(live.samples));
  draw();
  live.addEventListener("stats", draw, { signal: view.signal });
  return view;
}

function figures({ broker, totals, oldest }) {
  return [
    ["backlog", count(totals.backlog)], ["oldest unhandled", oldest?.time ? age(oldest.time) : "none"],
    ["in flight", count(totals.inFlight)], ["deferred", count(totals.deferred)],
    ["parked", count(totals.parked), totals.parked ? "warn" : ""],
    ["dead letters", count(totals.dead), totals.dead ? "warn" : ""],
    ["topics", count(broker.topics)], ["subscriptions", count(broker.subscriptions)],
    ["connections", count(broker.connections)],
  ];
}

function room(storage) {
  const { usedBytes = 0, diskFreeBytes = 0, mapBytes = 0 } = storage;
  const most = Math.min(mapBytes || Infinity, usedBytes + diskFreeBytes);
  const share = most > 0 ? usedBytes / most : 0;
  const words = `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} % of ${size(most)}`;
  return [
    ["used", h("span", {}, size(usedBytes), " ", bar(share, words, share > 0.8 ? "bad" : ""), " ",
      h("span", { class: "soft" }, words))],
    ["free on the disk", size(diskFreeBytes)], ["may grow to", size(mapBytes)],
    ["publishes", storage.full ? "refused: the storage is full" : "taken"],
    ["found damaged", storage.damaged ? count(storage.damaged) : "nothing"],
  ];
}
