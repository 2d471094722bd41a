/* <button data-dialog="id"> opens <dialog id>; [data-close] closes it. The focus starts on the way out and comes back. */
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-dialog]");
    if (opener) {
      var dialog = document.getElementById(opener.getAttribute("data-dialog"));
      if (dialog && dialog.showModal) {
        event.preventDefault();
        dialog.showModal();
        var close = dialog.querySelector("[data-close]");
        if (close) close.focus();
      }
      return;
    }
    var closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog").close();
  });
})();
