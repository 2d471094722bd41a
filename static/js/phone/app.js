// The screens: visits of the day, the checklist of one, the queue. Everything is kept before it is shown as kept.
"use strict";

(() => {
  const store = window.phoneStore;
  const sync = window.phoneSync;
  const main = document.getElementById("main");
  const queue = document.getElementById("queue");
  const foot = document.getElementById("foot");
  const net = document.getElementById("net");
  const title = document.getElementById("title");
  const TWO_DECIMALS = ["㎡", "元", "%"];

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => {
      if (key.startsWith("on")) {
        made.addEventListener(key.slice(2), value);
      } else if (value !== false && value !== undefined) {
        made.setAttribute(key, value === true ? "" : value);
      }
    });
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };

  const newId = () => {
    if (crypto.randomUUID) {
      return crypto.randomUUID();
    }
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  // "905.5" → 90550 for areas and money, "12" → 12 for counts; null where it is no such number.
  const parse = (text, unit) => {
    const two = TWO_DECIMALS.includes(unit);
    const match = (two ? /^(\d{1,12})(?:\.(\d{1,2}))?$/ : /^(\d{1,12})$/).exec(text.trim());
    return match ? Number(match[1]) * (two ? 100 : 1) + (two ? Number((match[2] || "").padEnd(2, "0")) : 0) : null;
  };

  const written = (value, unit) => {
    if (value === null) {
      return "无法核实";
    }
    if (unit === "") {
      return value ? "有" : "没有";
    }
    const amount = TWO_DECIMALS.includes(unit) ? (value / 100).toFixed(2).replace(/\.?0+$/, "") : value;
    return `${amount} ${unit}`;
  };

  let unkept = "";

  // Whether it is kept; what could not be stored is said at once and stays in its field.
  async function record(visit, fields, photo) {
    try {
      const meta = await store.one("meta", "pack");
      await store.keep({ id: newId(), visit, user: meta.user, key: "", value: null, text: "", at: new Date().toISOString(), ...fields }, photo);
      unkept = "";
    } catch (error) {
      unkept = error && error.name === "QuotaExceededError"
        ? "手机空间不够，刚才这一条没有存下。请先上传或导出已有的记录，清出空间再记。"
        : "刚才这一条没有存下。请再按一次；还不行，请记在纸上并告诉区里。";
      await status();
      return false;
    }
    await show();
    upload();
    return true;
  }

  const place = () => new Promise((resolve) => {
    if (!navigator.geolocation) {
      resolve({});
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lon: coords.longitude.toFixed(6), lat: coords.latitude.toFixed(6) }),
      () => resolve({}),
      { timeout: 5000, maximumAge: 60000 }
    );
  });

  async function photograph(visit, key, file) {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const sha256 = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const name = file.name || "photo.png";
    return record(visit, { kind: "photo", key, sha256, file: name, ...(await place()) }, file);
  }

  function listScreen(visits, records) {
    title.textContent = "家园抽检";
    if (!visits.length) {
      return [element("p", { class: "phone-empty" }, "这台手机上没有上门资料。联网登录以后会自动取来；没有派给你的上门时，这里是空的。")];
    }
    const days = [...new Set(visits.map((visit) => visit.day))].sort();
    return days.map((day) => element("section", { class: "card" }, element("h2", {}, day),
      element("ul", { class: "phone-list" }, ...visits.filter((visit) => visit.day === day).sort((a, b) => a.position - b.position).map((visit) => {
        const done = visit.items.filter((item) => item.found !== undefined).length;
        const here = records.filter((each) => each.visit === visit.id).length;
        return element("li", {}, element("a", { href: `#/visit/${visit.id}` }, `${visit.position}. ${visit.name}`),
          element("span", { class: "sub" }, `${visit.items.length} 项已记 ${done} 项${visit.second ? "，独立复核" : ""}${visit.signed ? `，${visit.signed}已签字` : ""}`),
          here ? element("span", { class: "tag t-warn" }, `${here} 条只在这台手机上`) : null,
          visit.gone ? element("span", { class: "tag t-warn" }, "区里已收回或汇总，记录上传后由区里处理") : null);
      }))));
  }

  function itemCard(visit, item, waiting) {
    const id = `i-${item.key}`;
    const problem = element("p", { class: "err", role: "alert" });
    const note = element("input", { id: `n-${item.key}`, maxlength: "500", value: item.text || "" });
    const keep = (value) => record(visit.id, { kind: "found", key: item.key, value, text: note.value.trim() });
    const choose = (label, value) => element("button", { type: "button", class: "btn", id: `${id}-${value}`, "aria-pressed": String(item.found === value), onclick: () => keep(value) }, label);
    let entry;
    if (item.unit === "") {
      entry = element("div", { class: "phone-choice", role: "group", "aria-label": item.title }, choose("有", 1), choose("没有", 0), choose("无法核实", null));
    } else {
      const shown = item.found === undefined || item.found === null ? "" : written(item.found, item.unit).split(" ")[0];
      const input = element("input", { id, inputmode: "decimal", value: shown });
      const save = () => {
        const value = parse(input.value, item.unit);
        if (value === null) {
          problem.textContent = TWO_DECIMALS.includes(item.unit) ? "请填数字，最多两位小数，例如 905.5。" : "请填整数，例如 12。";
          input.focus();
          return;
        }
        keep(value);
      };
      entry = element("div", { class: "phone-amount" }, element("label", { for: id }, `现场查得（${item.unit}）`), input,
        element("button", { type: "button", class: "btn btn-p", id: `${id}-save`, onclick: save }, "保存", element("span", { class: "vh" }, item.title)), choose("无法核实", null));
    }
    const camera = element("input", { type: "file", accept: "image/*", capture: "environment", id: `c-${item.key}`, class: "phone-camera",
      onchange: (event) => event.target.files[0] && photograph(visit.id, item.key, event.target.files[0]) });
    const photos = waiting.filter((each) => each.kind === "photo" && each.key === item.key).length;
    return element("section", { class: "card phone-item", "data-key": item.key },
      element("h2", {}, item.title), item.clause ? element("p", { class: "sub" }, item.clause) : null, entry, problem,
      element("div", { class: "phone-more" }, element("label", { for: `n-${item.key}` }, "说明（选填，随查得值一起保存）"), note,
        element("label", { for: `c-${item.key}`, class: "btn" }, photos ? `拍照（${photos} 张待传）` : "拍照"), camera),
      item.found !== undefined ? element("p", { class: "phone-found" }, `已记：${written(item.found, item.unit)}`,
        "claimed" in item ? `。填报：${item.claimed === null ? "没有填报" : written(item.claimed, item.unit)}` : "。上传以后显示填报的值。") : null);
  }

  function signature(visit) {
    const name = element("input", { id: "signer", maxlength: "40", value: visit.signed || "" });
    const canvas = element("canvas", { width: "600", height: "200", class: "phone-sign", "aria-label": "手写签名" });
    const pen = canvas.getContext("2d");
    let drawing = false;
    let drawn = false;
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) * (canvas.width / box.width), (event.clientY - box.top) * (canvas.height / box.height)];
    };
    pen.lineWidth = 3;
    canvas.addEventListener("pointerdown", (event) => { drawing = drawn = true; pen.beginPath(); pen.moveTo(...at(event)); });
    canvas.addEventListener("pointermove", (event) => { if (drawing) { pen.lineTo(...at(event)); pen.stroke(); } });
    ["pointerup", "pointerleave"].forEach((kind) => canvas.addEventListener(kind, () => { drawing = false; }));
    const problem = element("p", { class: "err", role: "alert" });
    const hand = async () => {
      if (!name.value.trim()) {
        problem.textContent = "请填写设施签字人的姓名。";
        name.focus();
        return;
      }
      const signer = name.value.trim();
      if (drawn) {
        const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
        if (!(await photograph(visit.id, "signature", new File([blob], "signature.png", { type: "image/png" })))) {
          return;
        }
      }
      await record(visit.id, { kind: "sign", text: signer });
    };
    const left = visit.items.filter((item) => item.found === undefined).length;
    return element("section", { class: "card" }, element("h2", {}, "签字交回"),
      left ? element("p", { class: "sub" }, `还有 ${left} 项没有记录。签字以后再记的，要由区里决定是否采用。`) : null, element("label", { for: "signer" }, "设施签字人"), name,
      element("p", { class: "sub" }, "请设施的人在框里手写签名（也可以只填姓名）。"), canvas, problem,
      element("button", { type: "button", class: "btn btn-p", onclick: hand }, "签字并交回"));
  }

  function visitScreen(visit, waiting) {
    title.textContent = visit.name;
    const groups = [...new Set(visit.items.map((item) => item.group))];
    const here = waiting.filter((each) => each.visit === visit.id);
    return [element("p", {}, element("a", { href: "#/" }, "‹ 今日抽检")),
      element("p", { class: "sub" }, visit.places.join("；")),
      ...groups.map((group) => {
        const items = visit.items.filter((item) => item.group === group);
        const done = items.filter((item) => item.found !== undefined).length;
        return element("details", { class: "phone-group", open: opened.has(group), ontoggle: (event) => event.target.open ? opened.add(group) : opened.delete(group) },
          element("summary", {}, `${group}（${done} / ${items.length}）`), ...items.map((item) => itemCard(visit, item, here)));
      }), signature(visit)];
  }

  const KINDS = { found: "查得", photo: "照片", sign: "签字交回" };

  // Everything that is only here, and what the district has to decide about; nothing disappears without a word.
  function queueScreen(visits, records) {
    title.textContent = "待传的记录";
    const names = Object.fromEntries(visits.map((visit) => [visit.id, visit]));
    const line = (each) => {
      const visit = names[each.visit];
      const item = visit && visit.items.find((one) => one.key === each.key);
      const what = `${KINDS[each.kind]} ${item ? item.title : ""}${each.kind === "found" && item ? `：${written(each.value, item.unit)}` : ""}`;
      return element("li", {}, element("span", {}, what),
        element("span", { class: "sub" }, `${visit ? visit.name : "已收回的上门"}，${new Date(each.at).toLocaleString("zh-CN", { hour12: false })}`),
        each.reason ? element("span", { class: "tag t-warn" }, each.reason) : null);
    };
    const card = (heading, rows, none) => element("section", { class: "card" }, element("h2", {}, `${heading}（${rows.length} 条）`),
      rows.length ? element("ul", { class: "phone-list" }, ...rows.map(line)) : element("p", { class: "sub" }, none));
    const kept = records.filter((each) => each.state === "quarantined");
    return [element("p", {}, element("a", { href: "#/" }, "‹ 今日抽检")),
      card("只存在这台手机上", records.filter((each) => !each.state || each.state === "clash"), "都已交到区里。"),
      card("已交到区里、等区里处理", kept, "没有。")];
  }

  const opened = new Set();

  async function exported() {
    const records = await store.waiting();
    const photos = {};
    for (const each of records.filter((one) => one.kind === "photo")) {
      const { blob } = await store.one("photos", each.id);
      photos[each.id] = await new Promise((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result);
        reader.readAsDataURL(blob);
      });
    }
    const file = new Blob([JSON.stringify({ operations: records, photos })], { type: "application/json" });
    const link = element("a", { href: URL.createObjectURL(file), download: `抽检记录-${new Date().toISOString().slice(0, 19).replace(/:/g, "")}.json` });
    document.body.append(link);
    link.click();
    link.remove();
  }

  async function status() {
    const records = await store.waiting();
    const clashes = records.filter((record) => record.state === "clash").length;
    const { online, problem, signIn } = sync.state();
    const text = records.length ? `${records.length} 条只存在这台手机上` : "都已交到区里";
    if (queue.textContent !== text) {
      queue.textContent = text;
    }
    const away = online ? "" : "没有网络";
    if (net.textContent !== away) {
      net.textContent = away;
    }
    queue.className = records.length ? "phone-queue is-waiting" : "phone-queue";
    const bytes = (await store.all("photos")).reduce((sum, photo) => sum + photo.blob.size, 0);
    foot.replaceChildren(...[
      unkept ? element("p", { class: "err", role: "alert" }, unkept) : null,
      online ? null : element("p", {}, "现在没有网络，照常记录，联网后自动上传。"),
      signIn ? element("p", {}, "登录已过期，记录都还在。", element("a", { href: document.body.dataset.login }, "重新登录")) : null,
      problem ? element("p", { class: "err" }, problem) : null,
      clashes ? element("p", { class: "err" }, `${clashes} 条记录的编号与别的记录相同，请导出文件交给区里。`) : null,
      element("button", { type: "button", class: "btn", onclick: upload }, "现在上传"),
      records.length ? element("button", { type: "button", class: "btn", onclick: exported }, "导出没有上传的记录") : null,
      element("p", {}, element("a", { href: "#/queue" }, "看待传和待处理的记录"), bytes ? `，照片占 ${Math.max(bytes / 1048576, 0.1).toFixed(1)} MB` : ""),
      ...limits.map((words) => element("p", { class: "sub" }, words)),
    ].filter(Boolean));
    document.body.dataset.waiting = String(records.length);
  }

  async function show() {
    const [visits, waiting] = [await store.all("visits"), await store.waiting()];
    const match = /^#\/visit\/(.+)$/.exec(location.hash);
    const visit = match && visits.find((each) => each.id === match[1]);
    const active = document.activeElement;
    const focused = active && active !== document.body ? active.id : "";
    const unsaved = {};
    main.querySelectorAll("input[id]:not([type=file])").forEach((input) => {
      if (input.value !== input.defaultValue) {
        unsaved[input.id] = input.value;
      }
    });
    main.replaceChildren(...(location.hash === "#/queue" ? queueScreen(visits, await store.all("records"))
      : visit ? visitScreen(visit, waiting) : listScreen(visits, waiting)));
    Object.entries(unsaved).forEach(([id, value]) => {
      const input = document.getElementById(id);
      if (input) {
        input.value = value;
      }
    });
    if (focused && document.getElementById(focused)) {
      document.getElementById(focused).focus();
    }
    await status();
  }

  const upload = () => sync.run(show);

  window.addEventListener("hashchange", () => { opened.clear(); show().then(() => main.focus()); });
  window.addEventListener("online", upload);
  setInterval(upload, 30000);

  // What this browser cannot do is said, since nobody can look it up on the spot.
  const limits = [];
  async function ask() {
    if ("serviceWorker" in navigator) {
      navigator.serviceWorker.register(document.body.dataset.worker).catch(() => {
        limits.push("这个浏览器没有信号时打不开本页。请改用手机自带的浏览器，或出门前不要关掉这一页。");
        status();
      });
    } else {
      limits.push("这个浏览器没有信号时打不开本页（微信里常见）。请点右上角，用手机自带的浏览器打开。");
    }
    const lasting = navigator.storage && navigator.storage.persist && (await navigator.storage.persist());
    if (!lasting) {
      const apple = /iPhone|iPad/.test(navigator.userAgent) && !navigator.standalone;
      limits.push(apple
        ? "苹果手机会清掉 7 天没打开的网页所存的东西。请用“分享 → 添加到主屏幕”，并在当天上传。"
        : "手机空间紧张时，浏览器可能清掉没有上传的记录。请当天上传，或先导出。");
    }
  }

  show().then(ask).catch(() => {
    main.replaceChildren(element("p", { class: "err", role: "alert" }, "这个浏览器不能在手机上存记录（可能开了无痕浏览）。请换手机自带的浏览器，或在电脑上记录。"));
  }).then(upload).then(() => { document.body.dataset.ready = "true"; });
})();
