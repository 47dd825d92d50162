// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// A table of subscriptions, what needs attention first.

import { h, link } from "../core/dom.js";
import { age, count, time } from "../core/format.js";
import { place } from "../core/place.js";
import { mark } from "./facts.js";
import { Table } from "./table.js";

/** Since when a subscription's oldest unhandled message is visible, in Unix milliseconds. */
export function oldest(subscription) {
  return subscription.oldest?.time;
}

/** What is to be said of a subscription, as words with a kind; the gravest first. */
export function states(subscription) {
  return [
    subscription.backlog > 0 && subscription.consumers === 0 && !subscription.paused && ["no consumer", "bad"],
    subscription.paused && ["paused", "warn"],
    subscription.redrive && ["redrive", "busy"],
    subscription.lost > 0 && ["lost", "bad"],
  ].filter(Boolean);
}

const number = (title, name, href) => ({
  title, class: "number", first: -1, order: (row) => row[name] ?? 0, text: (row) => count(row[name]),
  cell: href && ((row) => row[name] > 0 ? link(count(row[name]), href(row)) : h("span", { class: "soft" }, "0")),
});

/** The table; without a topic it is of all topics. */
export function subscriptionTable({ withTopic = true, caption = "Subscriptions", isSmall = false } = {}) {
  const of = (page) => (row) => page(row.topic, row.name);
  return new Table({
    caption, isSmall, key: (row) => `${row.topic} ${row.name}`,
    filter: isSmall ? undefined : (row) => `${row.topic} ${row.name}`,
    things: "subscription", empty: "no subscriptions", page: 50,
    columns: [
      {
        title: "Subscription", order: (row) => `${row.topic} ${row.name}`, text: (row) => `${row.topic} ${row.name}`,
        cell: (row) => [withTopic && h("span", { class: "soft" }, row.topic + " › "),
          link(row.name, place.subscription(row.topic, row.name))],
      },
      {
        title: "Oldest unhandled", first: 1, order: (row) => oldest(row) ?? Infinity,
        text: (row) => oldest(row) ? age(oldest(row)) : "",
        cell: (row) => oldest(row) ? h("span", { title: time(oldest(row)) }, age(oldest(row))) : "",
      },
      {
        title: "State", class: "state", text: (row) => states(row).join(),
        cell: (row) => states(row).map(([word, kind]) => mark(word, kind)),
      },
      number("Backlog", "backlog"),
      { ...number("In flight", "inFlight"), class: "number wide" },
      { ...number("Deferred", "deferred"), class: "number wide" },
      number("Parked", "parked", () => place.inbox),
      number("Dead", "dead", of(place.letters)),
      { ...number("Consumers", "consumers"), class: "number wide" },
    ],
    sort: [1, 1],
  });
}
