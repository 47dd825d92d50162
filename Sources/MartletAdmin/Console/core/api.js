// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What the broker is asked over HTTP. Every path stands here, and in the description at /api/v1/openapi.json.

/** The broker refused, or could not be reached. */
export class Refusal extends Error {
  constructor(code, message, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** A path whose parts are escaped. */
function path(pieces, ...values) {
  return pieces.reduce((whole, piece, index) => whole + encodeURIComponent(values[index - 1]) + piece);
}

function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length ? "?" + new URLSearchParams(given) : "";
}

async function call(method, where, body) {
  const request = { method, headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" };
  if (method !== "GET") {
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body ?? {});
  }
  let response;
  try {
    response = await fetch("api/v1" + where, request);
  } catch {
    throw new Refusal("unreachable", "the broker cannot be reached", 0);
  }
  const text = await response.text();
  let answer;
  try { answer = text === "" ? {} : JSON.parse(text); } catch { answer = {}; }
  if (response.ok) return answer;
  if (response.status === 401 && where !== "/login") window.dispatchEvent(new Event("login-needed"));
  const { code = `${response.status}`, message = response.statusText } = answer.error ?? {};
  throw new Refusal(code, message, response.status);
}

const get = (where, values = {}) => call("GET", where + query(values));
const post = (where, body) => call("POST", where, body);

export const eventsPath = "api/v1" + path`/events`;

export const api = {
  login: (token) => post(path`/login`, { token }),
  logout: () => post(path`/logout`),
  overview: () => get(path`/overview`),
  topics: () => get(path`/topics`),
  topic: (topic) => get(path`/topics/${topic}`),
  alterTopic: (topic, settings) => call("PATCH", path`/topics/${topic}`, settings),
  messages: (topic, offset, limit) => get(path`/topics/${topic}/messages`, { offset, limit }),
  why: (topic, offset) => get(path`/topics/${topic}/messages/${offset}/why`),
  whyID: (topic, id) => get(path`/topics/${topic}/ids/${id}/why`),
  scheduled: (topic, limit, after) => get(path`/topics/${topic}/scheduled`, { limit, after }),
  cancel: (topic, id) => call("DELETE", path`/topics/${topic}/scheduled/${id}`),
  reschedule: (topic, id, due) => call("PATCH", path`/topics/${topic}/scheduled/${id}`, due),
  purge: (topic, before) => post(path`/topics/${topic}/purge`, before ? { before } : {}),
  subscriptions: () => get(path`/subscriptions`),
  subscription: (topic, name) => get(path`/topics/${topic}/subscriptions/${name}`),
  alterSubscription: (topic, name, settings) =>
    call("PATCH", path`/topics/${topic}/subscriptions/${name}`, settings),
  parked: (topic, name, limit, after) =>
    get(path`/topics/${topic}/subscriptions/${name}/parked`, { limit, after }),
  resolve: (topic, name, offset, verb, note) =>
    post(path`/topics/${topic}/subscriptions/${name}/parked/${offset}/resolve`, { verb, note }),
  dead: (topic, name, choice) => get(path`/topics/${topic}/subscriptions/${name}/dead`, choice),
  redrive: (topic, name, choice) => post(path`/topics/${topic}/subscriptions/${name}/redrive`, choice),
  stopRedrive: (topic, name) => post(path`/topics/${topic}/subscriptions/${name}/redrive/stop`),
  pause: (topic, name, length) =>
    post(path`/topics/${topic}/subscriptions/${name}/pause`, length ? { for: length } : {}),
  resume: (topic, name) => post(path`/topics/${topic}/subscriptions/${name}/resume`),
  seek: (topic, name, from) => post(path`/topics/${topic}/subscriptions/${name}/seek`, { from }),
  consumers: () => get(path`/consumers`),
  process: (process, limit) => get(path`/processes/${process}`, { limit }),
  inbox: () => get(path`/inbox`),
};
