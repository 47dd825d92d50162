// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The addresses of the console's pages.

const at = (...parts) => "#/" + parts.map(encodeURIComponent).join("/");

export const place = {
  overview: "#/",
  topics: "#/topics",
  inbox: "#/inbox",
  dead: "#/dead",
  articles: "#/articles",
  // The text itself, which the broker serves.
  article: (path) => `articles/${path}.md`,
  topic: (topic) => at("topics", topic),
  subscription: (topic, name) => at("topics", topic, "subscriptions", name),
  letters: (topic, name) => at("topics", topic, "subscriptions", name, "dead"),
  message: (topic, offset) => at("topics", topic, "messages", offset),
  messageByID: (topic, id) => at("topics", topic, "ids", id),
  process: (process) => at("processes", process),
  parked: (topic, name, offset) => at("inbox", topic, name, offset),
};

/** The parts of the address that is shown. */
export function parts() {
  const hash = location.hash.replace(/^#\/?/, "");
  return hash === "" ? [] : hash.split("/").map((part) => {
    try { return decodeURIComponent(part); } catch { return part; }
  });
}
