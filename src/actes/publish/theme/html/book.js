// Everything in the book can be read without this file; it adds the theme switch, the menu of
// small screens, tabs, copy buttons, the mark of the section being read, and links to copy.
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
  // Tabs of one group are chosen together, on every page: who reads about R reads about R.
  var remember = function (group, title) {
    try { window.localStorage.setItem("actes-tab-" + group, title); } catch (error) { /* not remembered */ }
  };
  var remembered = function (group) {
    try { return window.localStorage.getItem("actes-tab-" + group); } catch (error) { return null; }
  };
  var sets = [];
  all(".tabset").forEach(function (set, setIndex) {
    var group = set.dataset.group;
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
    var titled = function (title) {
      return tabs.findIndex(function (tab) { return tab.textContent === title; });
    };
    var chosen = function (index, focus) {
      choose(index, focus);
      if (!group) { return; }
      remember(group, tabs[index].textContent);
      sets.forEach(function (other) {
        var same = other.group === group ? other.titled(tabs[index].textContent) : -1;
        if (same >= 0 && other.set !== set) { other.choose(same); }
      });
    };
    sets.push({ set: set, group: group, titled: titled, choose: choose });
    tabs.forEach(function (tab, index) {
      tab.addEventListener("click", function () { chosen(index); });
      tab.addEventListener("keydown", function (event) {
        var last = tabs.length - 1;
        var moves = {
          ArrowRight: index === last ? 0 : index + 1, ArrowLeft: index === 0 ? last : index - 1,
          Home: 0, End: last,
        };
        if (event.key in moves) { event.preventDefault(); chosen(moves[event.key], true); }
      });
    });
    set.insertBefore(list, set.firstChild);
    set.classList.add("tabset-ready");
    choose(Math.max(0, group ? titled(remembered(group)) : 0));
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
    var copies = block.classList.contains("sourceCode") && !block.classList.contains("no-copy");
    if (!copies || !navigator.clipboard) { return; }
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
  if (links.length) {
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
    var isAsked = false;  // once a frame
    window.addEventListener("scroll", function () {
      if (isAsked) { return; }
      isAsked = true;
      window.requestAnimationFrame(function () { isAsked = false; mark(); });
    }, { passive: true });
    mark();
  }

  // ── links to copy ──────────────────────────────────────────────────────────────────
  var toast = document.querySelector(".toast");
  var say = function (text) {
    toast.textContent = text;
    window.setTimeout(function () { toast.textContent = ""; }, 2000);
  };
  all(".anchor, .equation-number").forEach(function (link) {
    link.addEventListener("click", function () {
      if (!navigator.clipboard) { return; }
      var address = window.location.href.split(/[?#]/)[0] + link.hash;
      navigator.clipboard.writeText(address).then(function () { say(words.link_copied); }, function () { /* it is in the address bar */ });
    });
  });
})();
