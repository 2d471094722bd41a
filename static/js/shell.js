/* Menus, large type, shortcuts, printing, self-submitting filters. Pages work without it; baseline Chromium 86. */
(function () {
  "use strict";
  var root = document.documentElement;

  function openMenus() {
    return Array.prototype.slice.call(document.querySelectorAll("details[data-menu][open]"));
  }

  function closeMenus(except) {
    openMenus().forEach(function (menu) {
      if (!except || !menu.contains(except)) menu.open = false;
    });
  }

  function isTyping(target) {
    return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
  }

  document.addEventListener("click", function (event) {
    closeMenus(event.target);
    var large = event.target.closest("[data-large-type]");
    if (large) {
      var on = root.classList.toggle("is-large");
      document.cookie = "large_type=" + (on ? "1" : "0") + "; path=/; max-age=31536000; samesite=lax";
      large.setAttribute("aria-pressed", String(on));
    }
    if (event.target.closest("[data-print]")) window.print();
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      var open = openMenus();
      if (open.length) {
        var last = open[open.length - 1];
        last.open = false;
        last.querySelector("summary").focus();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    var keys = document.getElementById("keys");
    if (event.key === "?" && keys && keys.showModal && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      keys.showModal();
      keys.querySelector("[data-close]").focus();
      return;
    }
    var field = document.querySelector('[data-shortcut="' + (event.key === "/" ? "/" : "") + '"]');
    if (event.key === "/" && field && field.offsetParent) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  });

  document.addEventListener("focusout", function (event) {
    if (event.relatedTarget) closeMenus(event.relatedTarget);
  });

  /* A choice that acts at once: the quarter of a page, the order of a list */
  document.addEventListener("change", function (event) {
    var form = event.target.closest("[data-autosubmit]");
    if (form) (form.form || form).requestSubmit();
  });

  /* An address holds only what was asked for: empty fields are left out */
  document.addEventListener("htmx:configRequest", function (event) {
    if (!event.target.closest("[data-clean]")) return;
    var sent = event.detail.formData || event.detail.parameters;
    Array.from(sent.keys()).forEach(function (name) {
      if (!sent.get(name)) sent.delete(name);
    });
  });
  document.addEventListener("submit", function (event) {
    if (!event.target.matches("[data-clean]") || event.defaultPrevented) return;
    Array.from(event.target.elements).forEach(function (field) {
      if (field.name && !field.value) field.disabled = true;
    });
  });

  /* Rows chosen with the arrow keys: the first link of a row is its target */
  document.addEventListener("keydown", function (event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    var row = event.target.closest("[data-rows] tr");
    if (!row || event.target.tagName !== "A") return;
    var next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
    var link = next && next.querySelector("a");
    if (link) {
      event.preventDefault();
      link.focus();
    }
  });

  document.addEventListener("DOMContentLoaded", function () {
    var first = document.querySelector("[data-focus]");
    if (first) first.focus();
    /* Where one stands is in sight, in the menu and in tabs that scroll */
    document.querySelectorAll(".nav-in, .tabs").forEach(function (box) {
      var here = box.querySelector("[aria-current]");
      if (!here) return;
      box.scrollTop = here.offsetTop - box.clientHeight / 2;
      box.scrollLeft = here.offsetLeft - box.clientWidth / 2 + here.clientWidth / 2;
    });
  });

  /* A fragment that could not be brought: say so, and leave the page as it was */
  document.addEventListener("htmx:responseError", tell);
  document.addEventListener("htmx:sendError", tell);
  function tell(event) {
    var status = event.detail.xhr ? event.detail.xhr.status : 0;
    var box = document.getElementById("trouble") || document.createElement("div");
    box.id = "trouble";
    box.className = "alert alert-fail no-print";
    box.setAttribute("role", "alert");
    box.textContent = status ? "没有取到数据（" + status + "）。页面还是原来的内容，请刷新后再试。" : "网络断了，没有取到数据。联网后请再点一次。";
    document.getElementById("main").prepend(box);
  }
})();
