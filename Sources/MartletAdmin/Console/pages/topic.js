// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// One topic: what it holds, who reads it, and its messages.

import { api } from "../core/api.js";
import { button, h, link } from "../core/dom.js";
import { count, size } from "../core/format.js";
import { place } from "../core/place.js";
import { View } from "../core/view.js";
import { purge } from "../parts/actions.js";
import { Facts, section } from "../parts/facts.js";
import { browser } from "../parts/browser.js";
import { ScheduledList } from "../parts/scheduled.js";
import { alterTopic, settingsView, topicSettings } from "../parts/settings.js";
import { subscriptionTable } from "../parts/subscriptions.js";

const few = 8;

export function topicPage(main, { topic }) {
  const view = new View(main, topic, [link("Topics", place.topics)]);
  const head = new Facts();
  const settings = new Facts();
  const table = subscriptionTable({ withTopic: false, caption: `Subscriptions of ${topic}`, isSmall: true });
  const messages = browser(view, topic);
  const scheduled = new ScheduledList(topic, () => view.reload());
  let info;
  view.actions.append(
    button("Settings", async () => { if (info && await alterTopic(topic, info)) view.reload(); }),
    button("Purge", async () => { if (await purge(topic)) view.reload(); }, { class: "danger" }));
  const shown = h("details", { class: "settings" }, h("summary", {}, "Settings"), settings.node);
  view.add(head.node, shown, section("Subscriptions", table.node), section("Messages", messages.node), scheduled.node);
  view.keep(async () => {
    info = await api.topic(topic);
    head.update([
      ["messages", count(info.messages)], ["size", size(info.bytes)],
      ["offsets", info.messages ? `${info.first} to ${info.next - 1}` : "none yet"],
      ["next offset", String(info.next)], ["retention", info.retention],
    ]);
    settings.update([["", settingsView(topicSettings(info))]]);
    messages.update(info);
    table.update(await subscriptionsOf(info));
    await scheduled.load();
  }, () => info?.subscriptions.length > few ? 5 : 1);
  return view;
}

/** Few are asked for one by one; of many everything is asked for at once. */
async function subscriptionsOf({ name, subscriptions }) {
  if (subscriptions.length > few) return (await api.subscriptions()).filter((one) => one.topic === name);
  const all = await Promise.all(subscriptions.map((one) => api.subscription(name, one).catch(() => undefined)));
  return all.filter(Boolean);
}
