// Brings records to the district: each as often as it takes, in any order; the district counts each once.
"use strict";

window.phoneSync = (() => {
  const store = window.phoneStore;
  const AT_ONCE = 100;
  const address = document.body.dataset;
  let running = null;
  let state = { online: true, problem: "", signIn: false };

  class Lapsed extends Error {}
  class Busy extends Error {}

  async function answerOf(response) {
    if (response.status === 429 || response.status >= 500) {
      throw new Busy();
    }
    const isJson = (response.headers.get("Content-Type") || "").includes("json");
    if (response.redirected || response.status === 401 || response.status === 403 || !isJson) {
      throw new Lapsed();
    }
    const content = await response.json();
    return { ok: response.ok, content };
  }

  async function once() {
    const pack = await answerOf(await fetch(address.pack, { headers: { Accept: "application/json" }, cache: "no-store" }));
    const meta = await store.one("meta", "pack");
    const waiting = (await store.waiting()).filter((record) => record.state !== "clash");
    const mine = waiting.filter((record) => record.user === pack.content.user);
    const notices = waiting.length > mine.length ? ["这台手机上还有别人没有上传的记录，请那个人登录后上传。"] : [];
    const headers = { "X-CSRFToken": pack.content.csrf };
    const plain = mine.filter((record) => record.kind !== "photo");
    for (let at = 0; at < plain.length; at += AT_ONCE) {
      await send(plain.slice(at, at + AT_ONCE), headers, notices);
    }
    for (const record of mine.filter((each) => each.kind === "photo")) {
      await sendPhoto(record, headers, notices);
    }
    const fresh = mine.length || !meta
      ? await answerOf(await fetch(address.pack, { headers: { Accept: "application/json" }, cache: "no-store" }))
      : pack;
    await store.takePack(fresh.content);
    return notices.join("");
  }

  const sent = ({ id, visit, kind, key, value, text, at, lon, lat, sha256 }) =>
    ({ id, visit, kind, key, value, text, at, lon, lat, sha256 });

  async function send(records, headers, notices) {
    const answer = await answerOf(await fetch(address.sync, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify({ operations: records.map(sent) }),
    }));
    if (answer.ok) {
      await store.confirmed(answer.content.results);
    } else if (records.length > 1) {
      // One that cannot be read must not keep the others here.
      for (const record of records) {
        await send([record], headers, notices);
      }
    } else {
      notices.push(answer.content.error);
    }
  }

  async function sendPhoto(record, headers, notices) {
    const photo = await store.one("photos", record.id);
    const form = new FormData();
    form.append("operation", JSON.stringify(sent(record)));
    form.append("file", photo.blob, record.file);
    const answer = await answerOf(await fetch(address.photo, { method: "POST", headers, body: form }));
    if (answer.ok) {
      await store.confirmed(answer.content.results);
    } else {
      notices.push(answer.content.error);
    }
  }

  function run(after) {
    running = running || once()
      .then((problem) => { state = { online: true, problem, signIn: false }; })
      .catch((error) => {
        const answered = error instanceof Lapsed || error instanceof Busy;
        const problem = error instanceof Busy ? "区里的服务器正忙，记录都还在，过一会儿自动再传。" : "";
        state = { online: answered, problem, signIn: error instanceof Lapsed };
      })
      .finally(() => { running = null; });
    return running.then(() => after(state));
  }

  return { run, state: () => state };
})();
