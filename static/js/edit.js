/* Drafts of a form: sent a second after the last key, at the latest every four while somebody goes on typing. What the server
   did not take stays on the page, and in this window's memory while somebody signs in again. Without this file the form is an
   ordinary one; baseline Chromium 86. */
(function () {
  "use strict";
  var QUIET_MS = 1000, LONGEST_MS = 4000, PATIENCE_MS = 15000;
  var form = document.querySelector("form[data-edit]");
  var conflict = document.querySelector("form[data-edit-conflict]");

  window.addEventListener("pageshow", function (event) {
    if (event.persisted && (form || conflict)) window.location.reload();
  });
  if (conflict) onceOnly(conflict);
  if (!form) return;

  var state = document.getElementById("savestate");
  var trouble = document.getElementById("save-trouble");
  var key = "edit:" + window.location.pathname;
  var timer = null, since = 0, isDirty = false, isLeaving = false, isSending = false, running = null;

  function texts() {
    return Array.from(new FormData(form).entries()).filter(function (pair) {
      return ["csrfmiddlewaretoken", "version", "token", "draft"].indexOf(pair[0]) < 0;
    });
  }

  /* --- memory of this window, for the way through the login page --- */
  function remember() {
    try {
      sessionStorage.setItem(key, JSON.stringify({ user: form.dataset.user, texts: texts() }));
      return true;
    } catch (error) {
      return false;
    }
  }
  function forget() {
    try { sessionStorage.removeItem(key); } catch (error) { /* no memory, nothing to forget */ }
  }
  function recall() {
    var kept;
    try { kept = JSON.parse(sessionStorage.getItem(key) || "null"); } catch (error) { kept = null; }
    forget();
    if (!kept || kept.user !== form.dataset.user) return false;
    var values = {};
    kept.texts.forEach(function (pair) { (values[pair[0]] = values[pair[0]] || []).push(pair[1]); });
    Array.from(form.elements).forEach(function (field) {
      if (!field.name || field.type === "hidden" || field.tagName === "BUTTON") return;
      var wanted = values[field.name] || [];
      if (field.type === "checkbox" || field.type === "radio") field.checked = wanted.indexOf(field.value) >= 0;
      else field.value = wanted[0] || "";
    });
    return true;
  }

  /* --- saving --- */
  function changed() {
    isDirty = true;
    var now = Date.now();
    if (!since) since = now;
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(0, Math.min(QUIET_MS, since + LONGEST_MS - now)));
  }

  function save() {
    clearTimeout(timer);
    if (running) return running.then(function () { return isDirty ? save() : true; });
    isDirty = false;
    since = 0;
    state.classList.add("is-busy");
    var body = new FormData(form);
    body.append("act", "autosave");
    var stop = new AbortController();
    var patience = setTimeout(function () { stop.abort(); }, PATIENCE_MS);
    running = fetch(window.location.pathname, { method: "POST", body: body, redirect: "manual", credentials: "same-origin", signal: stop.signal })
      .then(answered, function () { return failed("没有存上：网络断了或平台没有回应。内容还在这一页，联网后点“现在重试”。"); })
      .then(function (ok) {
        clearTimeout(patience);
        state.classList.remove("is-busy");
        running = null;
        return ok;
      });
    return running;
  }

  function answered(response) {
    if (response.type === "opaqueredirect" || response.status === 401) return signedOut("登录已过期，刚才填的还没有存到平台。");
    if (response.status === 403) return signedOut("登录换过了，这一页存不上。");
    if (!response.ok) {
      return response.json().catch(function () { return {}; }).then(function (body) {
        return failed(body.problem || "没有存上（" + response.status + "）。内容还在这一页，稍后点“现在重试”。");
      });
    }
    return response.json().then(function (body) {
      forget();
      form.elements.draft.value = "";
      state.textContent = body.at + " 已自动保存";
      trouble.textContent = "";
      if (body.elsewhere) tell("warn", "你在另一个窗口也在填这张表（" + body.elsewhere + " 存过）。两边的草稿都留着，互不覆盖；后保存的一边会请你逐项核对。");
      return true;
    });
  }

  function failed(words) {
    isDirty = true;
    state.textContent = "还没有保存";
    var again = document.createElement("button");
    again.type = "button";
    again.className = "btn btn-sm";
    again.textContent = "现在重试";
    again.addEventListener("click", save);
    tell("fail", words, again);
    return false;
  }

  function signedOut(words) {
    isDirty = true;
    state.textContent = "还没有保存";
    var isKept = remember();
    var link = document.createElement("a");
    link.className = "btn btn-sm";
    link.textContent = "重新登录";
    link.href = window.location.pathname + "?draft=latest"; // leads through the login page if there is a need
    link.addEventListener("click", function () { isLeaving = remember(); });
    tell("fail", words + (isKept ? "重新登录后回到这一页，内容会原样带回。" : "请先把内容复制下来，再重新登录。"), link);
    return false;
  }

  function tell(tone, words, action) {
    var box = document.createElement("div");
    var text = document.createElement("div");
    box.className = "alert alert-" + tone;
    text.textContent = words + " ";
    if (action) text.appendChild(action);
    box.appendChild(text);
    trouble.textContent = "";
    trouble.appendChild(box);
  }

  /* --- sending: the text is saved as a draft first, so an expired session loses nothing --- */
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    var button = form.querySelector(".btn-p");
    var label = button.textContent;
    button.textContent = "正在保存…";
    isDirty = true;
    save().then(function (ok) {
      if (ok) {
        isLeaving = true;
        HTMLFormElement.prototype.submit.call(form);
      } else {
        isSending = false;
        button.textContent = label;
        button.focus();
      }
    });
  });

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden" && isDirty && !isLeaving) save();
  });
  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-leave]");
    if (!link || !isDirty) return;
    event.preventDefault();
    save().then(function (ok) { if (ok) window.location.assign(link.href); });
  });
  window.addEventListener("beforeunload", function (event) {
    if (isLeaving || !isDirty) return;
    event.preventDefault();
    event.returnValue = "";
  });

  if (recall()) {
    tell("info", "登录前填的内容已带回，正在存成草稿。");
    changed();
  }

  function onceOnly(sent) {
    var isSent = false;
    sent.addEventListener("submit", function (event) {
      if (isSent) event.preventDefault();
      isSent = true;
    });
  }
})();
