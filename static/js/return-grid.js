/* The ledgers of a return as grids (arrows, Enter, Tab, paste from Excel), and the picker of functions. Works on `returnForm`. */
(function () {
  "use strict";
  var form = document.getElementById("return-form"), desk = window.returnForm;
  if (!form || !desk) return;

  function number() { return "n" + Date.now().toString(36) + Math.random().toString(36).slice(2, 6); }
  function bodyOf(sheet) { return document.querySelector("#grid-" + sheet + " tbody"); }
  function rowsOf(sheet) { return Array.from(bodyOf(sheet).querySelectorAll("tr[data-row]")); }
  function fieldsOf(row) { return Array.from(row.querySelectorAll("td")).map(function (cell) { return cell.querySelector("[data-cell]"); }); }

  /* --- rows --- */
  function addRow(sheet, key, texts) {
    var pattern = form.querySelector('template[data-pattern="' + sheet + '"]');
    var holder = document.createElement("tbody");
    holder.innerHTML = pattern.innerHTML.split("__new__").join(key);
    var rows = Array.from(holder.children);
    rows.forEach(function (row) { bodyOf(sheet).appendChild(row); });
    Object.keys(texts || {}).forEach(function (column) {
      var cell = sheet + "|" + key + "|" + column, field = desk.fieldOf(cell);
      if (field) field.value = texts[column];
      desk.put(cell, texts[column], "");
    });
    return rows[0];
  }
  function dropRow(row) {
    var address = row.dataset.row, next = row.nextElementSibling;
    row.querySelectorAll("[data-cell]").forEach(function (field) { field.value = field.defaultValue; desk.put(field.name.slice(2), desk.known(field.name.slice(2), field)); });
    if (next && next.classList.contains("msg")) next.remove();
    row.remove();
    desk.put(address + "|-", "", "");
  }
  form.addEventListener("click", function (event) {
    var add = event.target.closest("[data-add]"), drop = event.target.closest("[data-drop]");
    if (add) {
      var first = fieldsOf(addRow(add.dataset.add, number(), {})).filter(Boolean)[0];
      first.focus();
    }
    if (drop) {
      var row = drop.closest("tr[data-row]"), button = row.closest("[data-grid]").querySelector("[data-add]");
      untick(row.dataset.row);
      dropRow(row);
      button.focus();
    }
  });

  /* --- travel: arrows between cells, Enter down (from the last row into a new one), Tab as ever --- */
  form.addEventListener("keydown", function (event) {
    var field = event.target;
    if (!field.matches(".entry [data-cell]") || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    var row = field.closest("tr[data-row]"), sheet = row.closest("[data-grid]").dataset.grid;
    var column = fieldsOf(row).indexOf(field), rows = rowsOf(sheet), at = rows.indexOf(row);
    var start = field.selectionStart === 0 && field.selectionEnd === 0, end = field.selectionStart === field.value.length;
    if (event.key === "Enter") {
      event.preventDefault();
      if (at === rows.length - 1 && !event.shiftKey) {
        fieldsOf(addRow(sheet, number(), {})).filter(Boolean)[0].focus();
        return;
      }
      go(rows[at + (event.shiftKey ? -1 : 1)], column);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (field.hasAttribute("list") && event.shiftKey) return;
      if (go(rows[at + (event.key === "ArrowDown" ? 1 : -1)], column)) event.preventDefault();
    } else if (event.key === "ArrowRight" && end) {
      if (aside(row, column, 1)) event.preventDefault();
    } else if (event.key === "ArrowLeft" && start) {
      if (aside(row, column, -1)) event.preventDefault();
    }
  });
  function go(row, column) {
    var field = row && fieldsOf(row)[column];
    if (!field) return false;
    field.focus();
    field.select();
    return true;
  }
  function aside(row, column, step) {
    var fields = fieldsOf(row);
    for (var next = column + step; next >= 0 && next < fields.length; next += step) if (fields[next]) return go(row, next);
    return false;
  }

  /* --- paste from Excel: rows by line, cells by tab; rows that are not there yet are added --- */
  form.addEventListener("paste", function (event) {
    var field = event.target;
    if (!field.matches(".entry [data-cell]")) return;
    var text = (event.clipboardData || window.clipboardData).getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (text.indexOf("\t") < 0 && text.indexOf("\n") < 0) return;
    event.preventDefault();
    var row = field.closest("tr[data-row]"), sheet = row.closest("[data-grid]").dataset.grid;
    var column = fieldsOf(row).indexOf(field), at = rowsOf(sheet).indexOf(row);
    text.split("\n").forEach(function (line, down) {
      var target = rowsOf(sheet)[at + down] || addRow(sheet, number(), {});
      line.split("\t").forEach(function (value, right) {
        var cell = fieldsOf(target)[column + right];
        if (!cell) return;
        cell.value = value.trim();
        desk.put(cell.name.slice(2), cell.value);
      });
    });
  });

  /* --- what was typed into new rows and not saved before the browser went --- */
  document.addEventListener("return:recall", function (event) {
    Object.keys(event.detail).forEach(function (cell) {
      var parts = cell.split("|");
      if (parts[1].charAt(0) !== "n" || parts[2] === "-" || desk.fieldOf(cell) || parts[2].charAt(0) === "?") return;
      if (bodyOf(parts[0])) addRow(parts[0], parts[1], {});
    });
  });

  /* --- the picker of functions --- */
  var picker = form.querySelector("[data-picker]");
  if (!picker) return;
  picker.addEventListener("change", function (event) {
    var box = event.target;
    if (box.id === "picker-on") return filter();
    if (!box.matches("[data-pick]")) return;
    var key = box.dataset.key, row = form.querySelector('tr[data-row="function|' + key + '"]'), last = "function|" + key + "|ends_on";
    if (box.checked && !row) addRow("function", key, { item: box.dataset.pick });
    else if (!box.checked && row && !box.hasAttribute("data-registered")) dropRow(row);
    else set(last, box.checked ? "" : picker.dataset.today);
    count();
  });
  function set(cell, text) {
    var field = desk.fieldOf(cell);
    if (field) field.value = text;
    desk.put(cell, text);
  }
  function untick(address) {
    var parts = address.split("|");
    if (parts[0] !== "function") return;
    var box = picker.querySelector('[data-key="' + parts[1] + '"]');
    if (box) box.checked = false;
    count();
  }
  function count() {
    var mine = picker.querySelectorAll(".pick [data-pick]:checked");
    document.getElementById("picker-n").textContent = mine.length;
    picker.querySelectorAll(".dom7 [data-domain]").forEach(function (mark) {
      var has = picker.querySelector('.pick[data-domain="' + mark.dataset.domain + '"] [data-pick]:checked');
      mark.classList.toggle("off", !has);
      mark.querySelector(".vh").textContent = has ? "已有" : "还没有";
    });
  }
  function filter() {
    var wanted = document.getElementById("picker-q").value.trim().toLowerCase(), only = document.getElementById("picker-on").checked;
    picker.querySelectorAll(".pick-item").forEach(function (item) {
      var box = item.querySelector("[data-pick]"), search = item.dataset.search.toLowerCase();
      var hit = !wanted || (/^\d+$/.test(wanted) ? box.dataset.pick === wanted : search.indexOf(wanted) >= 0);
      item.hidden = !hit || (only && !box.checked);
    });
    picker.querySelectorAll(".pick").forEach(function (group) { group.hidden = !group.querySelector(".pick-item:not([hidden])"); });
    if (wanted && picker.querySelector(".pick-city .pick-item:not([hidden])")) picker.querySelector(".pick-city").open = true;
  }
  document.getElementById("picker-q").addEventListener("input", filter);
  document.getElementById("picker-q").addEventListener("keydown", function (event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    var first = picker.querySelector(".pick-item:not([hidden]) [data-pick]");
    if (first) first.focus();
  });
})();
