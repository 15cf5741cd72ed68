"use strict";
(function () {
  const root = document.documentElement;
  root.classList.add("js");
  const details = document.getElementById("details");
  const nodes = Array.from(document.querySelectorAll("#graph a[data-layer]"));
  const articles = Array.from(document.querySelectorAll(".detail"));
  const rows = Array.from(document.querySelectorAll("#layer-table tbody tr"));
  const nothing = document.getElementById("nothing");

  const canvas = document.querySelector(".canvas");
  canvas.scrollLeft = (canvas.scrollWidth - canvas.clientWidth) / 2;

  function select(layer) {
    articles.forEach((article, index) => article.classList.toggle("open", index === layer));
    for (const marked of [...nodes, ...rows]) {
      if (Number(marked.dataset.layer) === layer) marked.setAttribute("aria-current", "true");
      else marked.removeAttribute("aria-current");
    }
    nothing.hidden = layer !== null;
    details.classList.toggle("open", layer !== null);
    details.scrollTop = 0;
    const hash = layer === null ? location.pathname + location.search : "#layer-" + (layer + 1);
    try { history.replaceState(null, "", hash); } catch (error) { /* some viewers have no history */ }
  }

  function layerOf(link) {
    return Number(link.getAttribute("href").slice("#layer-".length)) - 1;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-select]");
    if (!link) return;
    event.preventDefault();
    const layer = layerOf(link);
    select(layer);
    if (!link.closest("#graph")) {
      nodes[layer].scrollIntoView({ block: "nearest", inline: "center" });
      if (link.closest("#layer-table") && getComputedStyle(details).position !== "fixed") {
        document.getElementById("network").scrollIntoView();
        nodes[layer].scrollIntoView({ block: "nearest", inline: "center" });
        nodes[layer].focus({ preventScroll: true });
      }
    }
  });

  document.getElementById("graph").addEventListener("keydown", (event) => {
    const here = nodes.indexOf(document.activeElement);
    const move = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (here < 0 || !move) return;
    event.preventDefault();
    const next = nodes[Math.min(nodes.length - 1, Math.max(0, here + move))];
    next.focus();
    select(Number(next.dataset.layer));
  });

  function close() {
    const chosen = nodes.find((node) => node.hasAttribute("aria-current"));
    select(null);
    if (chosen) chosen.focus({ preventScroll: true });
  }
  document.getElementById("close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && details.classList.contains("open")) close();
  });

  function fromHash() {
    const match = /^#layer-(\d+)$/.exec(location.hash);
    if (match && articles[Number(match[1]) - 1]) select(Number(match[1]) - 1);
  }
  window.addEventListener("hashchange", fromHash);
  fromHash();

  const tip = document.getElementById("tip");
  function showTip(text, x, y) {
    tip.textContent = text;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(8, Math.min(x + 14, innerWidth - box.width - 8)) + "px";
    tip.style.top = (y - box.height - 12 > 8 ? y - box.height - 12 : y + 18) + "px";
  }

  let showing = null;
  for (const plot of document.querySelectorAll(".plot")) {
    const tips = JSON.parse(plot.dataset.tips);
    if (!tips.length) continue;
    const cursor = document.createElement("div");
    cursor.className = "cursor";
    cursor.hidden = true;
    cursor.style.height = plot.querySelector("svg").getAttribute("height") + "px";
    plot.append(cursor);
    let at = -1;
    const show = (index, y) => {
      if (showing && showing !== plot) showing.dispatchEvent(new Event("blur"));
      showing = plot;
      at = Math.min(tips.length - 1, Math.max(0, index));
      const box = plot.getBoundingClientRect();
      const x = ((at + 0.5) / tips.length) * box.width;
      cursor.hidden = false;
      cursor.style.left = x + "px";
      showTip(tips[at], box.left + x, y === undefined ? box.top + 20 : y);
    };
    const hide = () => {
      cursor.hidden = true;
      if (showing === plot) { tip.hidden = true; showing = null; }
    };
    plot.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      show(Math.floor(((event.clientX - box.left) / box.width) * tips.length), event.clientY);
    });
    plot.addEventListener("pointerleave", hide);
    plot.addEventListener("blur", hide);
    plot.addEventListener("keydown", (event) => {
      const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (move) { event.preventDefault(); show(at + move); }
      else if (event.key === "Escape") hide();
      else if (event.key === "Enter" && at >= 0 && "byLayer" in plot.dataset) select(at);
    });
    if ("byLayer" in plot.dataset) plot.addEventListener("click", () => { if (at >= 0) select(at); });
  }

  function value(cell) {
    const text = cell.dataset.sort === undefined ? cell.textContent.trim() : cell.dataset.sort;
    const number = Number(text);
    return text === "" || Number.isNaN(number) ? text : number;
  }
  for (const table of document.querySelectorAll(".sortable")) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        heads.forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
        const sorted = Array.from(table.tBodies[0].rows).sort((one, other) => {
          const left = value(one.cells[column]);
          const right = value(other.cells[column]);
          if (typeof left === "number" && typeof right === "number") return direction * (left - right);
          return direction * String(left).localeCompare(String(right));
        });
        table.tBodies[0].append(...sorted);
      });
    });
  }
})();
