/* Scores of a panel: totals beside the cells, arrows up and down between applications, Enter to the next cell. Without this file
   the form is an ordinary one, and the server counts. Baseline Chromium 86. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-scores]");
  if (!form) return;
  var rows = Array.from(form.querySelectorAll("[data-row]"));

  function cells(row) { return Array.from(row.querySelectorAll("input.points")); }

  function count(row) {
    var out = row.querySelector("input[type=checkbox]").checked;
    var texts = cells(row).map(function (cell) {
      cell.readOnly = out;
      var text = cell.value.trim(), most = Number(cell.dataset.most);
      var isRight = /^\d{1,3}$/.test(text) && Number(text) <= most;
      if (out || text === "" || isRight) cell.removeAttribute("aria-invalid");
      else cell.setAttribute("aria-invalid", "true");
      return isRight ? text : "";
    });
    var total = row.querySelector("[data-total]");
    if (out) total.textContent = "回避";
    else if (texts.indexOf("") >= 0) total.textContent = "—";
    else total.textContent = texts.reduce(function (sum, text) { return sum + Number(text); }, 0) + " 分";
  }

  function countAll() { rows.forEach(count); }

  form.addEventListener("input", countAll);
  form.addEventListener("change", countAll);
  form.addEventListener("keydown", function (event) {
    var cell = event.target;
    if (!cell.classList || !cell.classList.contains("points")) return;
    var all = rows.map(cells), at = rows.indexOf(cell.closest("[data-row]")), column = all[at].indexOf(cell), next = null;
    if (event.key === "ArrowDown" && all[at + 1]) next = all[at + 1][column];
    else if (event.key === "ArrowUp" && all[at - 1]) next = all[at - 1][column];
    else if (event.key === "Enter") {
      var line = [].concat.apply([], all);
      next = line[line.indexOf(cell) + 1] || form.querySelector(".btn-p");
    }
    if (!next) return;
    event.preventDefault();
    next.focus();
    if (next.select) next.select();
  });
  countAll();
})();
