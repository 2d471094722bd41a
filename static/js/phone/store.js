// What is on this phone: packs, records and photos, in IndexedDB. A record and what it changes are one transaction.
"use strict";

window.phoneStore = (() => {
  const NAME = "spot-checks";
  const STORES = ["visits", "records", "photos", "meta"];
  let opened;

  function open() {
    opened = opened || new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name, { keyPath: "id" }));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return opened;
  }

  async function write(work) {
    const db = await open();
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(STORES, "readwrite", { durability: "strict" }); // on the disk, not only on its way
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
      work((name) => transaction.objectStore(name));
    });
  }

  async function ask(name, request) {
    const db = await open();
    return new Promise((resolve, reject) => {
      const asked = request(db.transaction(name).objectStore(name));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }

  const all = (name) => ask(name, (store) => store.getAll());
  const one = (name, id) => ask(name, (store) => store.get(id));

  const isWaiting = (record) => !record.state || record.state === "clash";
  const byTime = (a, b) => (a.at < b.at ? -1 : 1);

  // Records that the district has not confirmed yet.
  async function waiting() {
    const records = await all("records");
    return records.filter(isWaiting).sort(byTime);
  }

  async function keep(record, photo) {
    await write((store) => {
      store("records").add(record);
      if (photo) {
        store("photos").add({ id: record.id, blob: photo });
      }
      if (record.kind === "found") {
        const visits = store("visits");
        const asked = visits.get(record.visit);
        asked.onsuccess = () => {
          const visit = asked.result;
          const item = visit && visit.items.find((each) => each.key === record.key);
          if (item) { // a visit that was called back meanwhile is gone from here; its record is kept all the same
            item.found = record.value;
            item.text = record.text;
            visits.put(visit);
          }
        };
      }
    });
  }

  function putVisits(store, pack, before, unsent) {
    const live = new Set(pack.visits.map((visit) => visit.id));
    const busy = new Set(unsent.map((record) => record.visit));
    before.filter((visit) => !live.has(visit.id)).forEach((visit) => {
      if (busy.has(visit.id)) {
        store("visits").put({ ...visit, gone: true });
      } else {
        store("visits").delete(visit.id);
      }
    });
    pack.visits.forEach((visit) => {
      unsent.filter((record) => record.visit === visit.id && record.kind === "found").forEach((record) => {
        const item = visit.items.find((each) => each.key === record.key);
        if (item) {
          item.found = record.value;
          item.text = record.text;
        }
      });
      store("visits").put(visit);
    });
  }

  // A pack from the district: what was recorded here and is not confirmed yet stays as it is here. Read and written in one
  // transaction, so that a record made meanwhile is neither overlooked nor overwritten.
  async function takePack(pack) {
    await write((store) => {
      const asked = store("records").getAll();
      asked.onsuccess = () => {
        const unsent = asked.result.filter(isWaiting).sort(byTime);
        const held = store("visits").getAll();
        held.onsuccess = () => putVisits(store, pack, held.result, unsent);
      };
      store("meta").put({ id: "pack", name: pack.name, user: pack.user, fetchedAt: pack.fetched_at });
    });
    await forget();
  }

  async function confirmed(results) {
    const records = await all("records");
    await write((store) => {
      records.filter((record) => results[record.id]).forEach((record) => {
        const result = results[record.id];
        store("records").put({ ...record, state: result.state, reason: result.reason });
        if (result.state !== "clash") {
          store("photos").delete(record.id);
        }
      });
    });
  }

  // Confirmed records of visits that are no longer on this phone have nothing to do here.
  async function forget() {
    const visits = new Set((await all("visits")).map((visit) => visit.id));
    const records = await all("records");
    await write((store) => {
      records.filter((record) => record.state && record.state !== "clash" && !visits.has(record.visit))
        .forEach((record) => store("records").delete(record.id));
    });
  }

  return { all, one, waiting, keep, takePack, confirmed };
})();
