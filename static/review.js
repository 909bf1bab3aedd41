// The review page: approve waits for every answer, reasons are asked for before anything is sent, and marks in the
// text and findings lead to each other. Without this script the server says what is missing.
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const answers = all("[data-answer]");
  const buttons = all("[data-approve]");
  const waiting = document.querySelector("[data-waiting]");

  const given = (field) => (field.tagName === "SELECT" ? field.value !== "" : field.checked);
  const answered = (finding) => all("[data-answer]", finding).every(given);

  const refresh = () => {
    const open = answers.filter((field) => !given(field)).length;
    const why = `Approve waits for your answer to ${open} question${open === 1 ? "" : "s"}.`;
    for (const button of buttons) {
      button.setAttribute("aria-disabled", String(open > 0));
      button.dataset.whyNot = why;
    }
    if (waiting && answers.length) waiting.textContent = open ? why : "Every question is answered.";
    for (const field of answers) field.closest(".finding")?.classList.toggle("answered", answered(field.closest(".finding")));
  };

  const toFirstOpen = () => {
    const box = answers.find((each) => !given(each));
    box?.focus({ preventScroll: true });
    box?.closest(".finding")?.scrollIntoView({ block: "center" });
  };

  // A channel's panel may be hidden behind another tab
  const reveal = (node) => {
    const panel = node.closest('[role="tabpanel"][hidden]');
    const tab = panel && document.querySelector(`[role="tab"][aria-controls="${panel.id}"]`);
    if (tab) window.countersign?.selectTab(tab, false);
  };

  const light = (ids) => {
    all(".finding").forEach((f) => f.classList.toggle("on", ids.includes(f.dataset.finding)));
    all(".marked").forEach((m) => m.classList.toggle("on", m.dataset.findings.split(" ").some((id) => ids.includes(id))));
  };

  const needed = (button) => {
    const around = button.closest("dialog, .ask");
    const empty = around && all("[data-needed]", around).find((field) => field.value.trim().length < (field.tagName === "SELECT" ? 1 : 3));
    if (!empty) return true;
    empty.setAttribute("aria-invalid", "true");
    empty.focus();
    window.countersign?.toast(empty.tagName === "SELECT" ? "Choose the clause first." : "Say why, in a few words.", "attest");
    return false;
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const approve = target?.closest("[data-approve]");
    if (approve?.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      window.countersign?.toast(approve.dataset.whyNot, "attest");
      toFirstOpen();
    }
    const send = target?.closest("[data-send]");
    if (send && !needed(send)) event.preventDefault();
    const link = target?.closest('a[href^="#mark-"], a.marked');
    if (link) {
      const to = document.getElementById(link.hash.slice(1));
      if (to) reveal(to);
      light(link.matches(".marked") ? link.dataset.findings.split(" ") : [link.hash.slice(6)]);
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-answer]")) refresh();
    if (event.target.matches("[data-needed]")) event.target.removeAttribute("aria-invalid");
  });
  // Ctrl+Enter (Cmd+Enter) sends what is being written
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const field = event.target instanceof Element ? event.target.closest("textarea") : null;
    (field?.closest("dialog, .ask")?.querySelector("[data-send]") ?? field?.closest("form")?.querySelector("button"))?.click();
  });
  window.addEventListener("pageshow", refresh);
  refresh();
})();
