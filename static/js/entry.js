/* Login page: show the password, take over a demonstration account. */
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var reveal = event.target.closest("[data-reveal]");
    if (reveal) {
      var field = document.getElementById(reveal.getAttribute("data-reveal"));
      var hidden = field.type === "password";
      field.type = hidden ? "text" : "password";
      reveal.textContent = hidden ? "隐藏" : "显示";
      field.focus();
    }
    var account = event.target.closest("[data-username]");
    if (account) {
      document.querySelector("[name=username]").value = account.getAttribute("data-username");
      document.querySelector("[name=password]").value = account.getAttribute("data-password");
      document.querySelector("[type=submit]").focus();
    }
  });
})();
