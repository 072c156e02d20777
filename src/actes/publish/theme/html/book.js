// Everything in the book can be read without this file; it adds the theme switch, the menu of
// small screens, tabs, copy buttons, the mark of the section being read, and search.
(function () {
  "use strict";
  var root = document.body.dataset.root;
  var words = JSON.parse(document.body.dataset.words);
  var all = function (selector, inside) {
    return Array.prototype.slice.call((inside || document).querySelectorAll(selector));
  };

  // ── theme ──────────────────────────────────────────────────────────────────────────
  all(".theme-button").forEach(function (button) {
    var html = document.documentElement;
    var show = function () { button.setAttribute("aria-pressed", html.dataset.theme === "dark"); };
    button.addEventListener("click", function () {
      html.dataset.theme = html.dataset.theme === "dark" ? "light" : "dark";
      try { window.localStorage.setItem("actes-theme", html.dataset.theme); } catch (error) { /* not remembered */ }
      show();
    });
    show();
  });

  // ── menu of small screens ──────────────────────────────────────────────────────────
  var menu = document.querySelector(".menu-button");
  var setMenu = function (open) {
    menu.setAttribute("aria-expanded", open);
    document.body.classList.toggle("menu-open", open);
  };
  menu.addEventListener("click", function () {
    setMenu(menu.getAttribute("aria-expanded") !== "true");
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && document.body.classList.contains("menu-open")) {
      setMenu(false);
      menu.focus();
    }
  });
  var current = document.querySelector(".sidebar [aria-current]");
  if (current) {
    var sidebar = document.getElementById("sidebar");
    if (current.offsetTop > sidebar.clientHeight) { sidebar.scrollTop = current.offsetTop - 120; }
  }

  // ── tabs (WAI-ARIA pattern: arrows move, the chosen tab alone is in the tab order) ──
  all(".tabset").forEach(function (set, setIndex) {
    var panels = all(":scope > .tab", set);
    var list = document.createElement("div");
    list.setAttribute("role", "tablist");
    var tabs = panels.map(function (panel, index) {
      var title = panel.querySelector(".tab-title");
      var button = document.createElement("button");
      button.type = "button";
      button.id = "tab-" + setIndex + "-" + index;
      button.textContent = title.textContent;
      button.setAttribute("role", "tab");
      if (!panel.id) { panel.id = button.id + "-panel"; }
      button.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      panel.tabIndex = 0;
      list.appendChild(button);
      return button;
    });
    var choose = function (index, focus) {
      tabs.forEach(function (tab, each) {
        tab.setAttribute("aria-selected", each === index);
        tab.tabIndex = each === index ? 0 : -1;
        panels[each].classList.toggle("tab-hidden", each !== index);
      });
      if (focus) { tabs[index].focus(); }
    };
    tabs.forEach(function (tab, index) {
      tab.addEventListener("click", function () { choose(index); });
      tab.addEventListener("keydown", function (event) {
        var last = tabs.length - 1;
        var moves = {
          ArrowRight: index === last ? 0 : index + 1, ArrowLeft: index === 0 ? last : index - 1,
          Home: 0, End: last,
        };
        if (event.key in moves) { event.preventDefault(); choose(moves[event.key], true); }
      });
    });
    set.insertBefore(list, set.firstChild);
    set.classList.add("tabset-ready");
    choose(0);
  });
  // A link may lead inside a hidden panel, or a folded block.
  var reveal = function () {
    var target = window.location.hash && document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (!target) { return; }
    var panel = target.closest(".tab-hidden");
    if (panel) { document.getElementById(panel.getAttribute("aria-labelledby")).click(); }
    for (var box = target.closest("details"); box; box = box.parentElement.closest("details")) { box.open = true; }
    if (panel) { target.scrollIntoView(); }
  };
  window.addEventListener("hashchange", reveal);
  reveal();

  // ── code: reachable with the keyboard when it scrolls, and copied in one press ─────
  all("main pre").forEach(function (block) {
    if (block.scrollWidth > block.clientWidth) {
      block.tabIndex = 0;
      block.setAttribute("role", "region");
      block.setAttribute("aria-label", words.scrollable_code);
    }
    if (!block.classList.contains("sourceCode") || !navigator.clipboard) { return; }
    var button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = words.copy;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(block.textContent).then(function () {
        button.textContent = words.copied;
        window.setTimeout(function () { button.textContent = words.copy; }, 1500);
      });
    });
    block.parentElement.appendChild(button);
  });
  // A table that fits is neither a stop for the keyboard nor a landmark.
  var fit = function () {
    all(".scroll").forEach(function (box) {
      var overflows = box.scrollWidth > box.clientWidth;
      box.classList.toggle("overflows", overflows);
      box.setAttribute("role", overflows ? "region" : "group");
      if (overflows) { box.tabIndex = 0; } else { box.removeAttribute("tabindex"); }
    });
  };
  window.addEventListener("resize", fit);
  fit();

  // ── the section being read ─────────────────────────────────────────────────────────
  var links = all(".toc a");
  if (links.length && "IntersectionObserver" in window) {
    var headings = links.map(function (link) {
      return document.getElementById(decodeURIComponent(link.hash.slice(1)));
    });
    var mark = function () {
      var reading = -1;
      headings.forEach(function (heading, index) {
        if (heading && heading.getBoundingClientRect().top < 140) { reading = index; }
      });
      links.forEach(function (link, index) {
        if (index === reading) { link.setAttribute("aria-current", "true"); } else { link.removeAttribute("aria-current"); }
      });
    };
    var observer = new IntersectionObserver(mark, { rootMargin: "-140px 0px -60% 0px" });
    headings.forEach(function (heading) { if (heading) { observer.observe(heading); } });
    mark();
  }

  // ── search ─────────────────────────────────────────────────────────────────────────
  var dialog = document.querySelector("dialog.search");
  if (!dialog) { return; }
  var box = document.getElementById("search-box");
  var results = dialog.querySelector(".search-results");
  var count = dialog.querySelector(".search-count");
  var LIMIT = 30;

  // Same letters for the same word: no accents, no ligatures, no apostrophes.
  var plain = function (text) {
    return text.toLowerCase().replace(/œ/g, "oe").replace(/æ/g, "ae").normalize("NFD")
      .replace(/[\u0300-\u036f]/g, "").replace(/[’']/g, " ");
  };
  // A light stem: plurals and the commonest endings of French and English.
  var stem = function (word) {
    if (word.length < 5) { return word.replace(/[sx]$/, ""); }
    return word.replace(/(issements?|ements?|ations?|ateurs?|atrices?|ives?|ifs?|euses?|eurs?|ites?|ings?|aux|ees?|es|ed|er|s|x|e)$/, function (ending) {
      return word.length - ending.length >= 4 ? "" : ending;
    }).replace(/(.)\1$/, "$1");
  };
  var split = function (text) { return plain(text).split(/[^a-z0-9]+/).filter(Boolean); };

  var prepared = null;
  var prepare = function () {
    if (prepared || !window.actesSearch) { return; }
    prepared = window.actesSearch.map(function (entry) {
      return { entry: entry, title: split(entry.title).map(stem), text: split(entry.text).map(stem) };
    });
  };
  var load = function () {
    if (window.actesSearch || document.getElementById("search-index")) { prepare(); return; }
    var script = document.createElement("script");
    script.id = "search-index";
    script.src = root + "assets/search-index.js";
    script.addEventListener("load", function () { prepare(); look(); });
    document.head.appendChild(script);
  };

  var score = function (page, wanted) {
    var total = 0;
    for (var i = 0; i < wanted.length; i += 1) {
      var best = 0;
      var weigh = function (word, weight) {
        if (word === wanted[i]) { best += 2 * weight; } else if (word.indexOf(wanted[i]) === 0) { best += weight; }
      };
      page.title.forEach(function (word) { weigh(word, 8); });
      page.text.forEach(function (word) { weigh(word, 1); });
      if (!best) { return 0; }
      total += 1 + Math.log(best);
    }
    return total + (page.entry.chapter ? 0 : 0.7);  // a chapter before one of its sections
  };

  // A passage around the first word found, with the words marked.
  var excerpt = function (text, wanted) {
    var pieces = text.split(/(\s+)/);
    var found = function (piece) {
      return split(piece).some(function (word) {
        return wanted.some(function (each) { return stem(word).indexOf(each) === 0; });
      });
    };
    var first = Math.max(0, pieces.findIndex(found) - 16);
    var holder = document.createElement("span");
    holder.className = "search-excerpt";
    if (first > 0) { holder.append("… "); }
    pieces.slice(first, first + 60).forEach(function (piece) {
      if (found(piece)) {
        var marked = document.createElement("mark");
        marked.textContent = piece;
        holder.append(marked);
      } else { holder.append(piece); }
    });
    if (pieces.length > first + 60) { holder.append(" …"); }
    return holder;
  };

  var look = function () {
    results.textContent = "";
    var wanted = split(box.value).map(stem);
    if (!prepared || !wanted.length) { count.textContent = ""; return; }
    var hits = prepared.map(function (page) { return { page: page, score: score(page, wanted) }; })
      .filter(function (hit) { return hit.score > 0; })
      .sort(function (a, b) { return b.score - a.score; });
    count.textContent = hits.length === 0 ? words.no_result
      : hits.length === 1 ? words.one_result : words.n_results.replace("{n}", hits.length);
    hits.slice(0, LIMIT).forEach(function (hit) {
      var entry = hit.page.entry;
      var link = document.createElement("a");
      link.href = root + entry.href;
      var title = document.createElement("span");
      title.className = "search-title";
      title.textContent = entry.title;
      link.append(title);
      if (entry.chapter) {
        var chapter = document.createElement("span");
        chapter.className = "search-chapter";
        chapter.textContent = entry.chapter;
        link.append(chapter);
      }
      link.append(excerpt(entry.text, wanted));
      link.addEventListener("click", function () { dialog.close(); });
      var item = document.createElement("li");
      item.append(link);
      results.append(item);
    });
  };

  var open = function () { load(); setMenu(false); dialog.showModal(); box.focus(); box.select(); };
  all(".search-button").forEach(function (button) { button.addEventListener("click", open); });
  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
  });
  dialog.addEventListener("click", function (event) { if (event.target === dialog) { dialog.close(); } });
  dialog.querySelector("form").addEventListener("submit", function (event) {
    var first = results.querySelector("a");
    if (event.submitter === null && first) { event.preventDefault(); }
  });
  box.addEventListener("keydown", function (event) {
    var first = results.querySelector("a");
    if (event.key === "Enter") { event.preventDefault(); if (first) { first.click(); } }
    if (event.key === "ArrowDown" && first) { event.preventDefault(); first.focus(); }
  });
  results.addEventListener("keydown", function (event) {
    var links = all("a", results);
    var index = links.indexOf(document.activeElement);
    var step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step || index < 0) { return; }
    event.preventDefault();
    (links[index + step] || box).focus();
  });
  box.addEventListener("input", look);
})();
