// Choose the theme before anything is painted: the reader's choice, else the system's.
(function () {
  "use strict";
  var chosen = null;
  // A browser may close its storage to pages read from a disk.
  try { chosen = window.localStorage.getItem("actes-theme"); } catch (error) { chosen = null; }
  if (chosen !== "dark" && chosen !== "light") {
    chosen = document.documentElement.dataset.start === "dark"
      || window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.documentElement.dataset.theme = chosen;
  document.documentElement.classList.add("scripted");
})();
