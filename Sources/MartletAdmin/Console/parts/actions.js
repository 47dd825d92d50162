// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What can be done about subscriptions and messages: each asks first where it cannot be taken back.

import { button, link } from "../core/dom.js";
import { api } from "../core/api.js";
import { counted } from "../core/format.js";
import { place } from "../core/place.js";
import { ask } from "./ask.js";
import { perform } from "./notice.js";

/** Stops the deliveries of a subscription, for a time if one is said. */
export async function pause(topic, name) {
  const said = await ask({
    title: `Pause ${name}`,
    text: "Nothing is delivered while it is paused. What consumers hold now they may still settle.",
    fields: [{ name: "length", label: "For how long", hint: "Such as 30m or 2h; empty: until it is resumed.",
      placeholder: "2h" }],
    confirm: "Pause",
  });
  return said && perform(() => api.pause(topic, name, said.length), `Deliveries to ${name} are paused.`);
}

/** Lets deliveries go on. */
export function resume(topic, name) {
  return perform(() => api.resume(topic, name), `Deliveries to ${name} go on.`);
}

/** Moves the reading position. */
export async function seek(topic, name) {
  const said = await ask({
    title: `Move ${name}`,
    text: ["Every message at or after the new position becomes plainly unsettled and is delivered again.",
      "What was unsettled before it is not delivered any more. Leases are lost."],
    fields: [
      { name: "from", label: "To", value: "earliest",
        hint: "earliest, new, offset:42 or time:1790000000000 (Unix milliseconds).", required: true },
      { name: "sure", label: `Type ${name} to confirm`, must: name },
    ],
    confirm: "Move it", danger: true,
  });
  return said && perform(() => api.seek(topic, name, said.from), `${name} now reads from ${said.from}.`);
}

/** Decides about a message without a form of its own. */
export async function retry(topic, name, offset) {
  const said = await ask({
    title: `Try message ${offset} again`,
    text: `It is delivered to ${name} at once, with its failures back at 0. A consumer that holds it loses it.`,
    fields: [{ name: "note", label: "Note for the record (optional)" }], confirm: "Try again",
  });
  return said && perform(() => api.resolve(topic, name, offset, "retry", said.note),
    `Message ${offset} is delivered to ${name} again.`);
}

/** Drops the messages of a topic. */
export async function purge(topic) {
  const said = await ask({
    title: `Purge ${topic}`,
    text: ["Drops messages, handled or not, of every subscription. This cannot be taken back.",
      "Without an offset it also cancels what is scheduled."],
    fields: [
      { name: "before", label: "Only what lies before offset (optional)", type: "number" },
      { name: "sure", label: `Type ${topic} to confirm`, must: topic },
    ],
    confirm: "Purge", danger: true,
  });
  return said && perform(() => api.purge(topic, said.before ? Number(said.before) : undefined), `${topic} was purged.`);
}

/** Cancels a scheduled message. */
export async function cancel(topic, id) {
  const said = await ask({
    title: `Cancel ${id}`, text: `The scheduled message will never be visible in ${topic}.`,
    confirm: "Cancel the message", danger: true,
  });
  return said && perform(() => api.cancel(topic, id), `${id} is cancelled.`);
}

/** Changes when a scheduled message is due. */
export async function reschedule(topic, id) {
  const said = await ask({
    title: `Reschedule ${id}`, fields: [{
      name: "delay", label: "Due in", hint: "Such as 0s (at once), 90s, 2h or 3d.", value: "0s", required: true,
    }], confirm: "Reschedule",
  });
  return said && perform(() => api.reschedule(topic, id, { delay: said.delay }), `${id} is rescheduled.`);
}

/** Counts the dead letters that are meant, and delivers them again when that is wanted. */
export async function redrive(topic, name, choice) {
  let meant;
  const isCounted = await perform(
    async () => { meant = (await api.redrive(topic, name, { ...choice, dryRun: true })).meant; },
    () => `Dry run: ${counted(meant, "dead letter")} would be redriven.`);
  if (!isCounted || !meant) return undefined;
  const said = await ask({
    title: `Redrive ${counted(meant, "dead letter")}`,
    text: [`They are delivered to ${name} again, the oldest death first, under their old offsets.`,
      "Other subscriptions do not see them. It stops by itself when half of the last 20 die again."],
    fields: [{ name: "rate", label: "At most per second", type: "number", value: "100", required: true }],
    confirm: `Redrive ${meant}`,
  });
  return said && perform(() => api.redrive(topic, name, { ...choice, rate: Number(said.rate) }),
    (answer) => `${counted(answer.meant, "dead letter")} are being redriven.`);
}

/** What can be done about a verdict, as controls; `done` runs after each. */
export function steps(answer, message, done) {
  const { verdict, topic, offset, subscription: name, evidence = {} } = answer;
  const then = (deed) => async () => { if (await deed()) done(); };
  const id = message?.id;
  switch (verdict) {
    case "leased":
    case "deferred":
      return [button(verdict === "leased" ? "Hand it out again" : "Try it now",
        then(() => retry(topic, name, offset)))];
    case "waiting":
      if (!name) return [];
      if (evidence.reason === "paused") return [button("Resume", then(() => resume(topic, name)))];
      return [link("Look at the subscription", place.subscription(topic, name))];
    case "blocked": return [link(`Message ${evidence.by} that holds it`, place.message(topic, evidence.by))];
    case "scheduled":
      if (!id) return [];
      return [button("Reschedule", then(() => reschedule(topic, id))),
        button("Cancel it", then(() => cancel(topic, id)), { class: "danger" })];
    case "parked": return [link("Decide in the inbox", place.parked(topic, name, offset), { class: "button primary" })];
    case "dead":
      if (!evidence.offset) return [];
      return [link("Its story", place.message(evidence.topic, evidence.offset)),
        id && button("Redrive it", then(() => redrive(topic, name, { id })))];
    default: return [];
  }
}
