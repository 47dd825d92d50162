// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// One message: what it says, what every subscription makes of it, and what was tried.

import { api } from "../core/api.js";
import { fill, h, link } from "../core/dom.js";
import { field, printable, time } from "../core/format.js";
import { place } from "../core/place.js";
import { View } from "../core/view.js";
import { steps } from "../parts/actions.js";
import { attempts, attemptsOfLetter } from "../parts/attempts.js";
import { bodyView, headersView } from "../parts/body.js";
import { facts, kinds, mark, section } from "../parts/facts.js";
import { letterFacts } from "../parts/letter.js";
import { death, sentence } from "../parts/sentence.js";
import { drawing } from "../parts/tree.js";

export function messagePage(main, { topic, offset, id }) {
  const view = new View(main, id === undefined ? `${topic}:${offset}` : `${topic} ${printable(id)}`,
    [link("Topics", place.topics), link(topic, place.topic(topic))]);
  const parts = { about: h("div"), verdicts: h("ul", { class: "verdicts" }), body: h("div"), history: h("div"),
    process: h("div") };
  let known;
  let told;
  view.add(parts.about, section("Verdicts", parts.verdicts), parts.body, parts.history, parts.process);
  view.keep(async () => {
    const answers = [await (id === undefined ? api.why(topic, offset) : api.whyID(topic, id))].flat();
    const at = offset ?? answers.map((answer) => answer.offset).find((found) => found > 0);
    if (known === undefined && at) {
      const [message] = await api.messages(topic, at, 1);
      known = message?.offset === Number(at) ? message : null;
      tellMessage(parts, topic, known);
      await tellProcess(parts.process, topic, known);
    }
    const text = answers.map(sentence).join("\n");
    if (text === told) return;
    told = text;
    tellVerdicts(parts.verdicts, answers, known ?? { id }, () => view.reload());
    await tellHistory(parts.history, topic, answers);
  });
  return view;
}

function tellMessage(parts, topic, message) {
  if (!message) {
    fill(parts.about, h("p", { class: "soft" }, "The message itself is not in the log."));
    return;
  }
  const process = field(message, "process");
  const isLetter = message.headers?.["Martlet-Dead-Reason"] !== undefined;
  fill(parts.about, isLetter && letterFacts(message), facts([
    ["topic", link(topic, place.topic(topic))], ["offset", String(message.offset)],
    ["visible since", time(message.time)],
    ["id", field(message, "id")], ["key", field(message, "key")],
    ["process", message.process ? link(process, place.process(message.process)) : process],
    ["cause", field(message, "cause")],
  ]));
  fill(parts.body, section("Body", bodyView(message)), section("Headers", headersView(message.headers)),
    isLetter && section("History", attempts(attemptsOfLetter(message.headers))));
}

/** Scheduled and unknown messages are judged once, all others by every subscription. */
function tellVerdicts(list, answers, message, done) {
  const isAlone = ["scheduled", "not-found"].includes(answers[0]?.verdict);
  fill(list, (isAlone ? answers.slice(0, 1) : answers).map((answer) => h("li", { class: kinds[answer.verdict] },
    h("div", { class: "row" }, answer.subscription && !isAlone
      && link(answer.subscription, place.subscription(answer.topic, answer.subscription)), mark(answer.verdict)),
    h("p", {}, h("bdi", {}, capital(sentence(answer)))),
    answer.next && h("p", { class: "soft" }, `Next: ${answer.next}`),
    h("div", { class: "row" }, steps(answer, message, done)))),
  answers.length === 0 && h("li", { class: "calm" }, h("p", {}, "The topic has no subscription.")));
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1) + ".";

/** What was tried is known of what is parked, and of what died by its copy. */
async function tellHistory(node, topic, answers) {
  const told = await Promise.all(answers.map(async ({ verdict, subscription, offset, evidence }) => {
    if (verdict === "parked") {
      const [row] = await api.parked(topic, subscription, 1, offset - 1);
      return row?.offset === offset && [subscription, attempts(row.attempts)];
    }
    if (verdict === "dead" && evidence.offset) {
      const [copy] = await api.messages(evidence.topic, evidence.offset, 1);
      return copy?.offset === evidence.offset
        && [`${subscription}: ${death(copy.headers["Martlet-Dead-Reason"])}`, attempts(attemptsOfLetter(copy.headers))];
    }
    return undefined;
  }));
  const known = told.filter(Boolean);
  fill(node, known.length > 0 && section("History", known.map(([title, content]) => [h("h3", {}, title), content])));
}

async function tellProcess(node, topic, message) {
  if (!message?.process) return;
  const tree = await api.process(message.process).catch(() => undefined);
  if (tree) fill(node, section("Process", h("p", {}, link(printable(message.process), place.process(message.process))),
    drawing(tree, { topic, offset: message.offset })));
}
