// Claims beside the text: words that are selected can be marked, and a new look never takes an answer back that was
// given while it was on its way.
"use strict";
(() => {
  const form = document.getElementById("compose");
  if (!form) return;
  const panel = () => document.getElementById("claims");
  const look = () => document.body.dispatchEvent(new CustomEvent("compose-changed"));
  const state = () => JSON.stringify(Array.from(panel()?.querySelectorAll("input") || [],
    (field) => [field.name, field.value, field.checked]));
  // Evidence that is being added, or words that are being typed, stay where they are until that is done.
  const busy = () => panel()?.querySelector("details[open]") || document.activeElement?.id === "claim-words";

  let sent = "";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "live") sent = state();
  });
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target?.id !== "claims") return;
    const newer = state() !== sent;
    if (!newer && !busy()) return;
    event.detail.shouldSwap = false;
    if (newer && !busy()) setTimeout(look, 0);
  });
  // Marked or taken back by a person: the draft keeps it, and the text is looked at anew.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "claims" || event.detail.requestConfig?.elt?.id === "live") return;
    form.dispatchEvent(new Event("change", { bubbles: true }));
  });
  // Evidence was added: its box stands with the others, ticked, and the next look brings a new form. Where it was not
  // added, the form says why, also to somebody who has closed it meanwhile.
  document.addEventListener("htmx:afterSwap", (event) => {
    const adding = event.target.closest?.("#claims details.claim-add");
    if (event.target.matches?.(".evidence-form")) adding.open = true;
    const added = adding?.querySelector(".evidence-choice");
    if (!added) return;
    const on = document.activeElement;
    adding.before(added);
    adding.remove();
    if (on === document.body || adding.contains(on)) added.querySelector("input").focus(); // nobody went on elsewhere
    form.dispatchEvent(new Event("change", { bubbles: true }));
  });
  form.addEventListener("toggle", (event) => {
    if (event.target.matches?.("#claims details") && !event.target.open) look();
  }, true);
  form.addEventListener("focusout", (event) => { if (event.target.id === "claim-words" && event.target.value === "") look(); });

  // Selecting words in a text box offers to mark them.
  const button = (box) => form.querySelector(`[data-claims="${box.id}"]`);
  document.addEventListener("selectionchange", () => {
    const box = document.activeElement;
    if (!(box instanceof HTMLTextAreaElement) || !box.closest("#editor")) return;
    const words = box.value.slice(box.selectionStart, box.selectionEnd).trim();
    const offer = button(box);
    if (offer) offer.hidden = words.length < 3;
  });
  form.addEventListener("click", (event) => {
    const offer = event.target.closest("[data-claims]");
    const box = offer && document.getElementById(offer.dataset.claims);
    const words = box?.value.slice(box.selectionStart, box.selectionEnd).trim();
    if (!words) return;
    document.getElementById("claim-words").value = words;
    offer.hidden = true;
    document.getElementById("mark-claim").click();
  });
  // Enter in the field marks the words, and does not save the draft.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.id !== "claim-words") return;
    event.preventDefault();
    document.getElementById("mark-claim").click();
  });
})();
