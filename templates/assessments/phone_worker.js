// Keeps the shell of the app on the phone. The data lies in IndexedDB; nothing that anybody recorded passes through here.
"use strict";

const VERSION = "phone-{{ version|escapejs }}";
const FILES = {{ files|safe }};
const PATIENCE = 4000; // milliseconds for a weak signal

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== VERSION).map((name) => caches.delete(name))))
      .then(() => self.clients.claim())
  );
});

self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (event.request.method === "GET" && FILES.includes(path)) {
    event.respondWith(freshOrKept(event.request, path));
  }
});

async function freshOrKept(request, path) {
  const cache = await caches.open(VERSION);
  const fresh = fetch(request).then((answer) => {
    if (answer.ok && !answer.redirected) {
      cache.put(path, answer.clone());
    }
    return answer;
  });
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const first = await Promise.race([fresh.catch(() => null), late]);
  return first || (await cache.match(path)) || fresh;
}
