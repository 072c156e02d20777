// Search, from a disk too: without accents, by stems (French and English), phrases in quotation
// marks. The index is a script, loaded when it is first needed. The page that is reached has the
// words highlighted, until Escape.
(function () {
  "use strict";
  var root = document.body.dataset.root;
  var words = JSON.parse(document.body.dataset.words);
  var all = function (selector, inside) {
    return Array.prototype.slice.call((inside || document).querySelectorAll(selector));
  };
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
  // A light stem: number, then gender, then the commonest endings of French and English.
  var ENDINGS = /(issement|ement|ment|ation|ition|ateur|atrice|ieuse|euse|ieur|eur|ique|isme|iste|able|ible|ite|ive|if|ance|ence|ing|edly|ed|ier|iere|er|ee|ly|al|el)$/;
  var stem = function (word) {
    if (word.length < 4) { return word; }
    word = word.replace(/aux$/, "al").replace(/([^aeiou])ies$/, "$1y").replace(/[sx]$/, "").replace(/s$/, "");
    word = word.replace(/e$/, "").replace(/y$/, "i");
    var bare = word.replace(ENDINGS, function (ending) {
      return word.length - ending.length >= 4 ? "" : ending;
    });
    return bare.replace(/e$/, "").replace(/([^aeiou])\1$/, "$1");
  };
  var split = function (text) { return plain(text).split(/[^a-z0-9]+/).filter(Boolean); };

  var prepared = null;
  var prepare = function () {
    if (prepared || !window.actesSearch) { return; }
    prepared = window.actesSearch.map(function (entry) {
      return {
        entry: entry, title: split(entry.title).map(stem), text: split(entry.text).map(stem),
        plain: " " + split(entry.title + " " + entry.text).join(" ") + " ",
      };
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

  // What is asked: words, and phrases between quotation marks of any kind.
  var asked = function (text) {
    var phrases = [];
    text = text.replace(/["“”«»]([^"“”«»]+)["“”«»]/g, function (_all, phrase) {
      var plainPhrase = split(phrase).join(" ");
      if (plainPhrase) { phrases.push(plainPhrase); }
      return " ";
    });
    var stems = split(text).map(stem);
    phrases.forEach(function (phrase) { stems = stems.concat(phrase.split(" ").map(stem)); });
    return { stems: stems, phrases: phrases };
  };

  var score = function (page, query) {
    var wanted = query.stems;
    var total = 0;
    if (!query.phrases.every(function (phrase) { return page.plain.indexOf(" " + phrase + " ") >= 0; })) { return 0; }
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
    var query = asked(box.value);
    var wanted = query.stems;
    if (!prepared || !wanted.length) { count.textContent = ""; return; }
    var hits = prepared.map(function (page) { return { page: page, score: score(page, query) }; })
      .filter(function (hit) { return hit.score > 0; })
      .sort(function (a, b) { return b.score - a.score; });
    count.textContent = hits.length === 0 ? words.no_result
      : hits.length === 1 ? words.one_result : words.n_results.replace("{n}", hits.length);
    hits.slice(0, LIMIT).forEach(function (hit) {
      var entry = hit.page.entry;
      var link = document.createElement("a");
      var cut = (entry.href + "#").split("#");
      link.href = root + cut[0] + "?q=" + encodeURIComponent(box.value) + (cut[1] ? "#" + cut[1] : "");
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

  var open = function () { load(); document.body.classList.remove("menu-open"); dialog.showModal(); box.focus(); box.select(); };
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

  // ── words looked for, on the page that has them ────────────────────────────────────
  var highlight = function (query) {
    var ranges = [];
    var walker = document.createTreeWalker(document.getElementById("content"), NodeFilter.SHOW_TEXT);
    var matches = function (word) {
      return split(word).some(function (part) {
        return query.stems.some(function (each) { return stem(part).indexOf(each) === 0; });
      });
    };
    while (walker.nextNode()) {
      var node = walker.currentNode;
      if (node.parentElement.closest("annotation, nav, script")) { continue; }
      var pattern = /[\p{L}\p{N}]+/gu;
      for (var found = pattern.exec(node.data); found; found = pattern.exec(node.data)) {
        if (!matches(found[0])) { continue; }
        var range = document.createRange();
        range.setStart(node, found.index);
        range.setEnd(node, found.index + found[0].length);
        ranges.push(range);
      }
    }
    return ranges;
  };
  var looked = new URLSearchParams(window.location.search).get("q");
  if (looked && asked(looked).stems.length && window.CSS && CSS.highlights) {
    var found = highlight(asked(looked));
    CSS.highlights.set("search", new Highlight(...found));
    found.forEach(function (range) {  // a word may be in a callout or a code that is folded
      var folded = range.startContainer.parentElement.closest("details:not(.data, .toc-inline)");
      if (folded) { folded.open = true; }
    });
    var note = document.createElement("p");
    note.className = "marked";
    note.append(words.marked.replace("{words}", looked) + " ");
    var unmark = document.createElement("button");
    unmark.type = "button";
    unmark.textContent = words.unmark;
    note.append(unmark);
    var main = document.getElementById("content");
    main.insertBefore(note, main.firstChild);
    var clear = function () { CSS.highlights.delete("search"); note.remove(); };
    unmark.addEventListener("click", clear);
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && !dialog.open) { clear(); }
    });
    var target = window.location.hash && document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (target) { target.scrollIntoView(); }
  }
})();
