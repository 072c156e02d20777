// Show what a reference, a note or a citation leads to, beside it: on hover and on keyboard focus.
// The pointer may go over what is shown, and Escape dismisses it (WCAG 1.4.13).
(function () {
  "use strict";
  var root = document.body.dataset.root;
  var box = document.createElement("div");
  box.id = "preview";
  box.className = "preview";
  box.setAttribute("role", "tooltip");
  box.hidden = true;
  document.body.append(box);
  var owner = null;
  var waiting = 0;

  var here = function (address) { return address.split("#")[0] === window.location.href.split(/[?#]/)[0]; };

  // Nothing in what is shown can be reached, named or pressed.
  var bare = function (piece) {
    piece.querySelectorAll(".anchor, .csv, .footnote-back, details, button").forEach(function (each) { each.remove(); });
    piece.querySelectorAll("a").forEach(function (link) { link.replaceWith(...link.childNodes); });
    piece.querySelectorAll("*").forEach(function (each) {
      ["id", "role", "tabindex", "aria-labelledby", "aria-label"].forEach(function (name) { each.removeAttribute(name); });
    });
    return piece;
  };

  var section = function (heading) {
    var piece = document.createElement("div");
    var title = document.createElement("p");
    title.append(document.createElement("strong"));
    title.firstChild.append(...heading.cloneNode(true).childNodes);
    piece.append(title);
    var next = (heading.closest(".heading") || heading).nextElementSibling;
    while (next && next.tagName !== "P" && !next.classList.contains("heading")) { next = next.nextElementSibling; }
    if (next && next.tagName === "P") { piece.append(next.cloneNode(true)); }
    return piece;
  };

  var onThisPage = function (id) {
    var target = document.getElementById(id);
    if (!target) { return null; }
    if (/^H[1-6]$/.test(target.tagName)) { return section(target); }
    if (target.classList.contains("chapter-head")) { return section(target.querySelector("h1")); }
    var piece = document.createElement("div");
    piece.append(target.tagName === "LI" ? document.createDocumentFragment() : target.cloneNode(true));
    if (target.tagName === "LI") { piece.append(...target.cloneNode(true).childNodes); }
    return piece;
  };

  var elsewhere = function (link) {
    var start = new URL(root || ".", window.location.href).href;
    var markup = (window.actesPreviews || {})[link.href.slice(start.length)];
    if (!markup) { return null; }
    var piece = document.createElement("div");
    piece.innerHTML = markup.replace(/\{root\}/g, root);
    return piece;
  };

  var place = function (link) {
    var mark = link.getClientRects()[0];
    var width = Math.min(480, document.documentElement.clientWidth - 24);
    box.style.width = width + "px";
    var left = Math.max(12, Math.min(mark.left, document.documentElement.clientWidth - width - 12));
    box.style.left = left + window.scrollX + "px";
    var above = mark.top > window.innerHeight * 0.6;
    box.style.top = (above ? mark.top - box.offsetHeight - 6 : mark.bottom + 6) + window.scrollY + "px";
  };

  var show = function (link) {
    var piece = here(link.href) ? onThisPage(decodeURIComponent(link.hash.slice(1))) : elsewhere(link);
    if (!piece || !piece.textContent.trim()) { return; }
    if (owner) { owner.removeAttribute("aria-describedby"); }
    owner = link;
    box.textContent = "";
    box.append(...bare(piece).childNodes);
    box.hidden = false;
    link.setAttribute("aria-describedby", "preview");
    place(link);
  };
  var hide = function () {
    window.clearTimeout(waiting);
    if (owner) { owner.removeAttribute("aria-describedby"); }
    owner = null;
    box.hidden = true;
  };
  var later = function (action, delay) {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(action, delay);
  };
  var start = function (link, delay) {
    later(function () {
      if (here(link.href) || window.actesPreviews) { show(link); return; }
      if (document.getElementById("previews")) { return; }
      var script = document.createElement("script");
      script.id = "previews";
      script.src = root + "assets/previews.js";
      script.addEventListener("load", function () {
        if (link.matches(":hover, :focus")) { show(link); }
      });
      document.head.append(script);
    }, delay);
  };

  document.querySelectorAll("main a.xref, main .citation a, main a.footnote-ref").forEach(function (link) {
    link.addEventListener("mouseenter", function () { start(link, 250); });
    link.addEventListener("mouseleave", function () { later(hide, 250); });
    link.addEventListener("focus", function () { if (link.matches(":focus-visible")) { start(link, 0); } });
    link.addEventListener("blur", function () { later(hide, 0); });
  });
  box.addEventListener("mouseenter", function () { window.clearTimeout(waiting); });
  box.addEventListener("mouseleave", function () { later(hide, 250); });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && !box.hidden) { event.stopPropagation(); hide(); }
  });
})();
