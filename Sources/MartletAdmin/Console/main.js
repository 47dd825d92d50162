// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Starts the console: the pages, the stream of news, the shortcuts.

import { api } from "./core/api.js";
import { fill, h, say } from "./core/dom.js";
import { count, duration } from "./core/format.js";
import { addShortcut, areOn, shortcuts, turn } from "./core/keys.js";
import { live } from "./core/live.js";
import { parts, place } from "./core/place.js";
import { goTo, suggest } from "./core/goto.js";
import { tell } from "./parts/ask.js";
import { announce } from "./parts/notice.js";
import { articlesPage } from "./pages/articles.js";
import { deadPage } from "./pages/dead.js";
import { inboxPage } from "./pages/inbox.js";
import { lettersPage } from "./pages/letters.js";
import { loginPage } from "./pages/login.js";
import { messagePage } from "./pages/message.js";
import { overviewPage } from "./pages/overview.js";
import { processPage } from "./pages/process.js";
import { subscriptionPage } from "./pages/subscription.js";
import { topicPage } from "./pages/topic.js";
import { topicsPage } from "./pages/topics.js";

const main = document.getElementById("main");
let shown;
let isFirst = true;

// Each is the form of an address, with `:name` for what varies, and its page.
const pages = [
  ["", overviewPage], ["topics", topicsPage], ["topics/:topic", topicPage],
  ["topics/:topic/subscriptions/:name", subscriptionPage], ["topics/:topic/subscriptions/:name/dead", lettersPage],
  ["topics/:topic/messages/:offset", messagePage], ["topics/:topic/ids/:id", messagePage],
  ["processes/:process", processPage], ["dead", deadPage], ["inbox", inboxPage],
  ["inbox/:topic/:name/:offset", inboxPage], ["articles", articlesPage],
];

function find(given) {
  for (const [form, page] of pages) {
    const wanted = form === "" ? [] : form.split("/");
    if (wanted.length !== given.length) continue;
    const values = {};
    if (wanted.every((part, index) => part[0] === ":" ? (values[part.slice(1)] = given[index]) !== ""
      : part === given[index])) {
      return [page, values];
    }
  }
  return [overviewPage, {}];
}

function show() {
  // A link to a part of the page, such as the one that skips the bar, is no page.
  if (location.hash !== "" && !location.hash.startsWith("#/")) return;
  const given = parts();
  const [page, values] = find(given);
  shown?.close();
  shown = page(main, values);
  for (const anchor of document.querySelectorAll("#pages a")) {
    const isHere = (anchor.hash.replace(/^#\/?/, "") || "") === (given[0] ?? "");
    if (isHere) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
  window.scrollTo(0, 0);
  if (!isFirst) shown.heading.focus({ preventScroll: true });
  isFirst = false;
}

function askLogin() {
  live.stop();
  shown?.close();
  rememberLogin(false);
  shown = loginPage(main, () => {
    rememberLogin(true);
    live.start();
    show();
  });
}

/** Whether there is a login to end; the login itself is in a cookie that scripts cannot read. */
function rememberLogin(is) {
  document.getElementById("logout").hidden = !is;
  try {
    if (is) localStorage.setItem("martlet-login", "yes");
    else localStorage.removeItem("martlet-login");
  } catch { /* for this page only then */ }
}

function hadLogin() {
  try { return localStorage.getItem("martlet-login") === "yes"; } catch { return false; }
}

function tellState() {
  const state = document.getElementById("live-state");
  const box = document.getElementById("stale");
  state.dataset.state = live.state;
  say(state, live.state);
  box.hidden = live.state !== "stale";
  const since = live.last ? `since ${duration(Math.floor((Date.now() - live.last.seen) / 1000) * 1000)}` : "";
  say(box, live.state === "stale"
    ? `No news from the broker ${since}. What is shown may be old; it is asked again by itself.` : "");
}

function tellStats() {
  const { parked = 0 } = live.last.totals ?? {};
  const { version, uptimeSeconds = 0 } = live.last.broker ?? {};
  const badge = document.getElementById("inbox-count");
  const before = Number(badge.dataset.parked ?? parked);
  badge.dataset.parked = parked;
  badge.hidden = parked === 0;
  fill(badge, count(parked), h("span", { class: "unseen" }, " wait for a person"));
  if (parked > before) announce(`${count(parked)} messages wait for a person`);
  say(document.getElementById("about"), `Martlet ${version ?? ""}, up ${duration(uptimeSeconds * 1000)}`);
}

function tellShortcuts() {
  const { page, everywhere } = shortcuts();
  const list = (title, entries) => entries.length > 0
    && [h("h3", {}, title), h("dl", { class: "keys" }, entries.map(([keys, words]) =>
    h("div", {}, h("dt", {}, keys.split(" ").map((key) => h("kbd", {}, key))), h("dd", {}, words))))];
  const switched = h("input", { type: "checkbox", checked: areOn(), onchange: (event) => turn(event.target.checked) });
  tell("Keyboard shortcuts", list("On this page", page), list("Everywhere", everywhere),
    h("label", { class: "row" }, switched, "Shortcuts of one key are on"));
}

addShortcut("?", "these shortcuts", tellShortcuts);
addShortcut("/", "go to a topic, message or process", () => document.getElementById("goto-field").focus());
addShortcut("g o", "overview", () => { location.hash = place.overview; });
addShortcut("g t", "topics", () => { location.hash = place.topics; });
addShortcut("g i", "inbox", () => { location.hash = place.inbox; });
addShortcut("g d", "dead letters", () => { location.hash = place.dead; });
document.getElementById("logout").hidden = !hadLogin();
document.getElementById("logout").addEventListener("click", () => api.logout().then(askLogin, () => {}));
document.getElementById("help").addEventListener("click", tellShortcuts);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
document.getElementById("goto").addEventListener("submit", goTo);
document.getElementById("goto-field").addEventListener("focus", suggest);
window.addEventListener("hashchange", show);
window.addEventListener("login-needed", askLogin);
live.addEventListener("state", tellState);
live.addEventListener("stats", () => { tellStats(); tellState(); });

// Where no user is known, what is asked first tells whether a token is needed; the stream could not.
api.overview().catch(() => {}).finally(() => live.start());
show();
