// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The articles about the broker. They are part of the program, so that they are at hand without a network.

import { h, link } from "../core/dom.js";
import { place } from "../core/place.js";
import { View } from "../core/view.js";

// Each is where the article lies, its title, and what it says.
const groups = [
  ["Running a broker", [
    ["MartletServer/Runbook", "Runbook",
      "What to do when something goes wrong: a full disk, a poison message, a subscription that is stuck."],
    ["MartletServer/Operation", "Operation", "What a broker needs, how it is set, started, watched and stopped."],
    ["MartletServer/Commands", "Commands", "What martlet can show and change, and how it behaves in scripts."],
    ["MartletServer/Access", "Access", "Who may use a broker, what each may do, and where it may listen."],
    ["MartletServer/TLS", "TLS", "How the wire is encrypted, and who shows a certificate."],
    ["MartletData/Copies", "Backups", "How the data is copied while the broker runs, and put back."],
    ["MartletData/Verify", "Verify", "What a check of the data looks at, and what its words mean."],
    ["MartletData/ExportedLines", "Exported lines", "The form of an export."],
  ]],
  ["Looking at it", [
    ["MartletAdmin/Console", "The console", "What these pages show and do, and the keyboard."],
    ["MartletAdmin/Administration", "Administration", "What can be asked and done over HTTP."],
    ["MartletAdmin/Metrics", "Metrics", "What Prometheus is told."],
    ["MartletServer/Demonstration", "The demonstration", "A flow that breaks straight-line scripts, with a proof."],
    ["MartletServer/Speed", "Speed", "What a broker does in a second, and what one message waits."],
  ]],
  ["What holds, and how", [
    ["MartletBroker/Promises", "Promises", "What is promised of every message, and what is not."],
    ["MartletBroker/Accounts", "Accounts", "How the one verdict of a message is found."],
    ["MartletBroker/DeadLetters", "Dead letters", "What becomes of a message that does not work, and the way back."],
    ["MartletBroker/Expectations", "Expectations and events",
      "What should have happened and did not becomes a message."],
    ["MartletBroker/Schedules", "Schedules", "Messages that come later, and messages whose time runs out."],
    ["MartletBroker/Lanes", "Lanes", "What comes next for a subscription: order, filters, keys."],
    ["MartletBroker/Repeats", "Repeats", "How a publish that was sent again is recognised."],
    ["MartletBroker/Transactions", "Transactions", "Why what lies in one is whole or absent."],
    ["MartletBroker/Steps", "Steps", "How the core is driven."],
    ["MartletProtocol/Protocol", "The line protocol", "Every command with every reply."],
    ["MartletStore/DataFile", "The data file", "What lies in it, byte by byte."],
  ]],
];

export function articlesPage(main) {
  const view = new View(main, "Articles");
  view.add(h("p", { class: "soft" },
    "These are the texts of this version, as they lie in its sources. There, make docs renders them as a site, ",
    "together with those about the Swift library."));
  for (const [title, articles] of groups) {
    view.add(h("section", {}, h("h2", {}, title), h("ul", { class: "articles" },
      articles.map(([path, name, words]) =>
        h("li", {}, link(name, place.article(path)), h("div", { class: "soft" }, words))))));
  }
  return view;
}
