// SPDX-License-Identifier: EUPL-1.2
// Stands between the filing pages and the network, and does one thing: when there is no connection it shows the form
// that works without one. It keeps that form and what the form needs, and no answer to anybody: no step, no receipt.
"use strict";
const FORM = "{{ form|escapejs }}";
const OURS = "{{ ours|escapejs }}";
const KEPT = OURS + "{{ version|escapejs }}";
const SHELL = [FORM{% for address in files %}, "{{ address|escapejs }}"{% endfor %}];

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(SHELL)));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith(OURS) && name !== KEPT;
  const swept = caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))));
  event.waitUntil(swept.then(() => self.clients.claim()));
});

const fromShelf = (request) => caches.match(request, { cacheName: KEPT });

self.addEventListener("fetch", (event) => {
  const { request } = event;
  // Photos go the browser's own way: some browsers lose a file that passes through here.
  const withFiles = (request.headers.get("Content-Type") || "").startsWith("multipart/");
  if (request.mode === "navigate" && (!withFiles || fromHistory(request))) event.respondWith(page(request));
  if (SHELL.includes(new URL(request.url).pathname) && request.mode !== "navigate") event.respondWith(file(request));
});

// The button "back" wants a step as the browser kept it. It keeps none, and asking in that way fails like a cut line:
// so the form is asked for afresh, where the draft is offered.
const fromHistory = (request) => request.cache === "only-if-cached";

const page = async (request) => {
  try {
    const answer = await fetch(fromHistory(request) ? request.url : request);
    // A proxy whose server is away; what was typed is safe in the form without connection.
    if (answer.status !== 502 && answer.status !== 504) return answer;
    return (await fromShelf(FORM)) || answer;
  } catch (cut) {
    const form = await fromShelf(FORM);
    if (form) return form;
    throw cut;
  }
};

const file = async (request) => (await fromShelf(request)) || fetch(request);
