/* The form of a quarterly return: cells are sent as they change, and nothing typed is lost. Cells that could not be sent yet wait
   in this browser's storage under the person's number; they are sent when the page is opened again. Baseline Chromium 86. */
(function () {
  "use strict";
  var root = document.querySelector("[data-return]");
  var form = document.getElementById("return-form");
  if (!root || !form) return;
  var QUIET_MS = 700, LONGEST_MS = 3000, PATIENCE_MS = 20000;
  var state = document.getElementById("savestate"), trouble = document.getElementById("save-trouble");
  var store = "return:" + root.dataset.user + ":" + root.dataset.save;
  var pending = {}, seen = {}, timer = null, since = 0, running = null, isLeaving = false, said = {};

  function cellOf(field) { return field.name.slice(2); }
  function fieldOf(cell) { return form.querySelector('[data-cell][name="c|' + cell.replace(/["\\]/g, "\\$&") + '"]'); }
  function known(cell, field) { return cell in seen ? seen[cell] : field ? field.defaultValue : ""; }

  /* --- what is not saved yet --- */
  function keep() {
    try {
      if (Object.keys(pending).length) localStorage.setItem(store, JSON.stringify(pending));
      else localStorage.removeItem(store);
    } catch (error) { /* without storage the page itself still holds the text */ }
  }
  function put(cell, text, was) {
    var field = fieldOf(cell);
    var before = was !== undefined ? was : known(cell, field);
    if (pending[cell]) before = pending[cell][0];
    if (text === before && !cell.endsWith("|-")) delete pending[cell];
    else pending[cell] = [before, text];
    keep();
    soon();
  }
  function soon() {
    var now = Date.now();
    if (!since) since = now;
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(0, Math.min(QUIET_MS, since + LONGEST_MS - now)));
    state.textContent = "正在填写…";
  }

  /* --- saving --- */
  function save() {
    clearTimeout(timer);
    if (running) return running.then(function (ok) { return ok && Object.keys(pending).length ? save() : ok; });
    since = 0;
    var sent = pending, cells = Object.keys(sent);
    if (!cells.length) return Promise.resolve(true);
    state.textContent = "正在保存…";
    var body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("serial", form.elements.serial.value);
    body.append("edits", JSON.stringify(cells.map(function (cell) { return [cell, sent[cell][0], sent[cell][1]]; })));
    document.querySelectorAll("#panel [name^='step-']").forEach(function (step) {
      if (step.type !== "checkbox" || step.checked) body.append(step.name, step.value);
    });
    var stop = new AbortController(), patience = setTimeout(function () { stop.abort(); }, PATIENCE_MS);
    running = fetch(root.dataset.save, { method: "POST", body: body, redirect: "manual", credentials: "same-origin", signal: stop.signal })
      .then(answered, function () { return failed("没有存上：网络断了或平台没有回应。内容还在这一页，也记在这台电脑上。"); })
      .then(function (ok) { clearTimeout(patience); running = null; return ok; });
    return running;

    function answered(response) {
      if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) return signedOut();
      return response.json().catch(function () { return {}; }).then(function (answer) {
        if (!response.ok) return failed(answer.problem || "没有存上（" + response.status + "）。内容还在这一页，稍后再试。");
        cells.forEach(function (cell) {
          if (pending[cell] && pending[cell][1] === sent[cell][1]) delete pending[cell];
        });
        keep();
        take(answer, sent);
        return true;
      });
    }
  }

  function take(answer, sent) {
    form.elements.serial.value = answer.serial;
    answer.kept.forEach(function (pair) {
      seen[pair[0]] = pair[1];
      if (pending[pair[0]]) pending[pair[0]][0] = pair[1];
    });
    answer.others.forEach(function (pair) {
      var cell = pair[0], field = fieldOf(cell);
      if (cell in sent || pending[cell]) return;
      seen[cell] = pair[1];
      if (field && field !== document.activeElement && field.value !== pair[1]) {
        field.value = pair[1];
        field.classList.add("is-changed");
      }
    });
    mark(answer);
    say(answer.rows);
    answer.parts.forEach(function (part) {
      var place = document.querySelector('[data-part="' + part[0] + '"]');
      place.className = "st st-" + part[1];
      place.textContent = part[2];
    });
    swapPanel(answer.panel);
    conflicts(answer.conflicts);
    trouble.textContent = "";
    state.textContent = answer.at + " 已自动保存";
    keep();
    document.dispatchEvent(new CustomEvent("return:saved", { detail: answer }));
  }

  function mark(answer) {
    form.querySelectorAll(".bad, .doubt, .is-changed, [aria-invalid]").forEach(function (field) {
      field.classList.remove("bad", "doubt", "is-changed");
      field.removeAttribute("aria-invalid");
    });
    answer.marks.forEach(function (entry) {
      var field = fieldOf(entry[0]);
      if (!field) return;
      if (entry[1]) field.classList.add(entry[1]);
      if (entry[1] === "bad") field.setAttribute("aria-invalid", "true");
      if (entry[2]) field.classList.add("is-changed");
    });
  }

  /* What is said below a row. A field in it that has the focus stays as it is. */
  function say(rows) {
    form.querySelectorAll("[id^='say-']").forEach(function (place) {
      var html = rows[place.id.slice(4)] || "";
      if (said[place.id] === html || (said[place.id] === undefined && !html && !place.textContent.trim())) return;
      if (place.contains(document.activeElement) && document.activeElement.matches("input")) return;
      said[place.id] = html;
      place.innerHTML = html;
      (place.closest("tr.msg") || place).hidden = !html;
    });
  }

  function swapPanel(html) {
    var panel = document.getElementById("panel");
    var open = panel.querySelectorAll("details[open] > summary").length, focused = panel.contains(document.activeElement) ? document.activeElement.id : "";
    var holder = document.createElement("div");
    holder.innerHTML = html;
    var fresh = holder.firstElementChild;
    if (open && fresh.querySelector(".duties") && panel.querySelector(".duties") && panel.querySelector(".duties").open) fresh.querySelector(".duties").open = true;
    panel.replaceWith(fresh);
    if (window.htmx) window.htmx.process(fresh);
    if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
  }

  /* --- both sides changed one cell: shown side by side, chosen cell by cell --- */
  function conflicts(found) {
    var box = document.getElementById("conflicts");
    found.forEach(function (one) {
      var field = fieldOf(one.cell), line = document.createElement("div");
      line.className = "alert alert-warn conflict";
      var words = document.createElement("p");
      var name = field ? (field.getAttribute("aria-label") || (form.querySelector('label[for="' + field.id + '"]') || {}).textContent || "") : "";
      words.textContent = name.trim() + "：" + (one.by || "别人") + (one.at ? " " + one.at : "") + " 填了“" + (one.theirs || "空") + "”，你填了“" + (one.mine || "空") + "”。用哪个？";
      line.appendChild(words);
      [["用我的“" + (one.mine || "空") + "”", one.mine], ["用对方的“" + (one.theirs || "空") + "”", one.theirs]].forEach(function (choice, index) {
        var button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-sm";
        button.textContent = choice[0];
        button.addEventListener("click", function () {
          seen[one.cell] = one.theirs;
          delete pending[one.cell];
          if (field) field.value = choice[1];
          if (index === 0) put(one.cell, one.mine, one.theirs);
          keep();
          line.remove();
          box.hidden = !box.children.length;
          if (field) field.focus();
        });
        line.appendChild(button);
      });
      box.appendChild(line);
    });
    box.hidden = !box.children.length;
    if (found.length) box.querySelector("button").focus();
  }

  /* --- trouble --- */
  function failed(words) {
    state.textContent = "还没有保存";
    tell(words, "现在重试", save);
    return false;
  }
  function signedOut() {
    state.textContent = "还没有保存";
    keep();
    tell("登录已过期。刚填的内容记在这台电脑上，重新登录后自动带回。", "重新登录", function () {
      isLeaving = true;
      window.location.assign(window.location.pathname);
    });
    return false;
  }
  function tell(words, label, action) {
    var box = document.createElement("div"), text = document.createElement("div"), button = document.createElement("button");
    box.className = "alert alert-fail";
    text.textContent = words + " ";
    button.type = "button";
    button.className = "btn btn-sm";
    button.textContent = label;
    button.addEventListener("click", action);
    text.appendChild(button);
    box.appendChild(text);
    trouble.textContent = "";
    trouble.appendChild(box);
  }

  /* --- what people do --- */
  form.addEventListener("input", function (event) {
    if (event.target.matches("[data-cell]")) put(cellOf(event.target), event.target.value);
  });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    save();
  });
  form.addEventListener("click", function (event) {
    var fix = event.target.closest("[data-fix]");
    if (!fix) return;
    var field = fieldOf(fix.dataset.fix);
    if (!field) return;
    field.value = fix.dataset.text;
    put(fix.dataset.fix, fix.dataset.text);
    field.focus();
  });
  form.addEventListener("change", function (event) {
    if (!event.target.matches("[data-nil-choice]")) return;
    var box = event.target.closest("[data-nil]"), hidden = box.querySelector("[data-cell]");
    var said = Array.from(box.querySelectorAll("[data-nil-choice]:checked")).map(function (one) { return one.value; }).join("、");
    hidden.value = said;
    put(cellOf(hidden), said);
  });
  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-leave]");
    if (!link || (!Object.keys(pending).length && !running)) return;
    event.preventDefault();
    save().then(function (ok) {
      if (!ok) return;
      isLeaving = true;
      window.location.assign(link.href);
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    document.querySelector(".page-head [data-leave]").click();
  });
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden" && Object.keys(pending).length) save();
  });
  window.addEventListener("beforeunload", function (event) {
    if (isLeaving || !Object.keys(pending).length) return;
    event.preventDefault();
    event.returnValue = "";
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) window.location.reload(); });

  function recall() {
    var kept = null;
    try { kept = JSON.parse(localStorage.getItem(store) || "null"); } catch (error) { kept = null; }
    if (!kept || !Object.keys(kept).length) return;
    pending = kept;
    document.dispatchEvent(new CustomEvent("return:recall", { detail: kept }));
    var last = null;
    Object.keys(kept).forEach(function (cell) {
      var field = fieldOf(cell);
      if (!field) return;
      field.value = kept[cell][1];
      last = field;
    });
    if (last && !window.location.hash) last.focus();
    soon();
  }

  window.returnForm = { put: put, save: save, fieldOf: fieldOf, known: known };
  document.addEventListener("DOMContentLoaded", recall);
  root.dataset.ready = "yes";
})();
