// Dragging a post to another day (in the week: to another hour). The keyboard's way is the post's own "Move" page.
"use strict";
(() => {
  const board = () => document.getElementById("calendar");
  const cellOf = (event) => (event.target instanceof Element ? event.target.closest("#calendar [data-date]") : null);
  let dragged = null;

  const unmark = () => document.querySelectorAll("#calendar .drop").forEach((cell) => cell.classList.remove("drop"));

  const move = (card, cell) => {
    const values = { date: cell.dataset.date, version: card.dataset.version, next: board().dataset.here };
    if (cell.dataset.hour) values.hour = cell.dataset.hour;
    card.classList.add("moving");
    const done = () => card.isConnected && card.classList.remove("moving");
    htmx
      .ajax("POST", card.dataset.retime, {
        source: board(), target: "#calendar", swap: "outerHTML", select: "#calendar", selectOOB: "#messages", values,
      })
      .then(done, done);
  };

  document.addEventListener("dragstart", (event) => {
    dragged = event.target instanceof Element ? event.target.closest("[data-retime]") : null;
    if (!dragged) return;
    dragged.classList.add("dragging");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.textContent.trim());
  });
  document.addEventListener("dragover", (event) => {
    const cell = dragged && cellOf(event);
    if (!cell) return;
    event.preventDefault();
    if (cell.classList.contains("drop")) return;
    unmark();
    cell.classList.add("drop");
  });
  document.addEventListener("drop", (event) => {
    const cell = dragged && cellOf(event);
    if (!cell) return;
    event.preventDefault();
    if (!cell.contains(dragged)) move(dragged, cell);
  });
  document.addEventListener("dragend", () => {
    unmark();
    dragged?.classList.remove("dragging");
    dragged = null;
  });
})();
