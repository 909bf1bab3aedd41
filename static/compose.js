// Writing: keeps what is typed, asks for a look after every change, and takes images that are dropped or pasted.
// Everything is the server's word: counters, findings and marks come from the preview.
"use strict";
(() => {
  const form = document.getElementById("compose");
  if (!form) return;
  const AUTOSAVE_MS = 1500;
  // What was refused stands on the page and nowhere else. It is not kept by itself: a person decides first.
  let dirty = form.hasAttribute("data-unsaved");
  let timer = 0;

  const look = () => document.body.dispatchEvent(new CustomEvent("compose-changed"));
  const savedLine = () => document.getElementById("saved");
  let signedOut = false;
  const mayAutosave = () => !signedOut && form.dataset.autosave === "yes" && !savedLine()?.hasAttribute("data-conflict");
  const autosaveSoon = () => {
    clearTimeout(timer);
    if (mayAutosave()) timer = setTimeout(() => dirty && savedLine()?.dispatchEvent(new CustomEvent("autosave")), AUTOSAVE_MS);
  };
  let typedSince = false; // since the words that are being saved were sent
  const changed = () => {
    dirty = typedSince = true;
    autosaveSoon();
  };

  const zone = document.getElementById("browser-zone");
  if (zone) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";

  form.addEventListener("input", (event) => {
    // a mark stands behind words that have just changed: away with it until the next look
    if (event.target instanceof HTMLTextAreaElement) document.getElementById(`behind-${event.target.id}`)?.replaceChildren();
    changed();
  });
  form.addEventListener("change", changed);
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

  // Saved: what was typed, ticked or added while the answer was on its way is still to be saved.
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.target.id === "saved") typedSince = false; });
  document.addEventListener("htmx:afterRequest", (event) => {
    // the line has replaced itself by now: the event comes from what is around it
    if (event.detail.requestConfig?.elt?.id !== "saved") return;
    if (event.detail.xhr.status === 200 && !typedSince) dirty = false;
    if (typedSince) autosaveSoon();
  });

  // Tabs: the text's and the preview's go together, and the server knows which is in front. Only what a person does
  // counts: tabs are also selected when they are swapped in.
  document.addEventListener("tab:selected", (event) => {
    if (event.target !== document.activeElement) return;
    const shown = event.target.dataset.shown;
    const field = document.getElementById("shown");
    if (shown === undefined || !field || field.value === shown) return;
    if (shown === "" && event.target.closest("#live")) return;
    field.value = shown;
    const other = document.getElementById(event.target.closest("#live") ? `tab-${shown}` : `see-tab-${shown}`);
    if (other && other.getAttribute("aria-selected") !== "true") window.countersign.selectTab(other, false);
  });

  // What was typed or ticked while a new editor or new claims were on their way is kept: the answer knows only what was sent.
  const fields = (place) => new Map(Array.from(document.querySelectorAll(`${place} :is(textarea, input, select):not([type=file])`),
    (field) => [field.id || `${field.name} ${field.value}`, field]));
  const isTicked = (field) => field.type === "checkbox" || field.type === "radio";
  const state = (field) => (isTicked(field) ? field.checked : field.value);
  const statesNow = () => new Map(Array.from(fields(":is(#editor, #claims)"), ([key, field]) => [key, state(field)]));
  let sent = new Map();
  let newer = [];
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.closest?.("#editor, #claims, [data-rewrites]") && !event.target.closest(".claim-add")) sent = statesNow();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const place = event.detail.target?.id;
    if (place !== "editor" && place !== "claims") return;
    newer = Array.from(fields(`#${place}`)).filter(([key, field]) => sent.get(key) !== state(field));
  });
  document.addEventListener("htmx:afterSwap", () => {
    const now = fields(":is(#editor, #claims)");
    const ticked = [];
    for (const [key, before] of newer) {
      const field = now.get(key);
      if (!field || field === before) continue;
      if (isTicked(field)) {
        if (field.checked !== before.checked) ticked.push(field);
        field.checked = before.checked;
        continue;
      }
      field.value = before.value;
      if (field === document.activeElement && before.selectionStart !== undefined) field.setSelectionRange(before.selectionStart, before.selectionEnd);
    }
    newer = [];
    // the request of a box that was ticked meanwhile went away with the old editor: it is made again
    if (ticked.length) setTimeout(() => ticked.at(-1).dispatchEvent(new Event("change", { bubbles: true })), 0);
  });

  // A button that was pressed while another answer was on its way waits for its turn. Where that answer takes the button
  // away, htmx drops the press; it is made again on the new one, unless other words stand beside it now.
  const waiting = new Set();
  const beside = (button) => button.closest(".part")?.querySelector("textarea").value;
  const again = (button) => Array.from(document.querySelectorAll(":is(#compose, #live) button[hx-post]"))
    .find((other) => other.value === button.value && beside(other) === beside(button));
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(":is(#compose, #live) button[name=do][hx-post]");
    if (button && !button.classList.contains("htmx-request")) waiting.add(button);
  }, true);
  document.addEventListener("htmx:beforeRequest", (event) => waiting.delete(event.target));
  document.addEventListener("htmx:afterSettle", () => setTimeout(() => {
    const lost = Array.from(waiting).filter((button) => !button.isConnected);
    lost.forEach((button) => waiting.delete(button));
    lost.forEach((button) => again(button)?.click());
    if (lost.length) autosaveSoon(); // behind a press that was dropped htmx leaves the others waiting until the next request
  }, 60));

  // A look's answer waits while another request is on its way: it would take the pressed button away, and with it the
  // place that the other answer belongs to. Evidence that is being fetched may take long and guards itself (claims.js).
  const asking = (but = "") => document.querySelector(`:is(#saved, #compose *, #live *).htmx-request:not(.evidence-form *)${but}`);
  const inItsWay = () => asking(":not(#image-files)"); // an upload may take long, and has its place outside of it
  let lookLater = false;
  // An answer about an editor that was swapped since is left alone; another look follows every new editor.
  let editors = 0;
  let lookedAt = 0;
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.target.id === "live") lookedAt = editors; });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id === "editor" && event.detail.shouldSwap) editors += 1;
    if (event.detail.target?.id !== "live" || (lookedAt === editors && !inItsWay())) return;
    event.detail.shouldSwap = false;
    lookLater ||= lookedAt === editors;
  });
  document.addEventListener("htmx:afterRequest", () => {
    if (!lookLater || inItsWay()) return;
    lookLater = false;
    look();
  });

  // Saving and handing in wait, too: an answer that is on its way brings the post's number and version, and what is sent
  // without them would be another draft, or somebody else's edit.
  let handedIn = null;
  const later = (submitter) => {
    const uploading = asking("#image-files"); // it may be refused: a person looks first
    handedIn = uploading ? null : submitter;
    if (uploading) window.countersign.toast("An image is still on its way. Press again when it stands on the page.", "attest");
  };
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (!asking() && !signedOut) return void (dirty = false);
    event.preventDefault();
    if (asking()) later(event.submitter);
    else signedInAgain(event.submitter);
  });
  document.addEventListener("htmx:afterRequest", (event) => setTimeout(() => {
    if (!event.detail.successful) handedIn = null; // the page has said so, and nothing is to be lost
    if (!handedIn) return;
    if (asking()) return later(handedIn);
    const submitter = handedIn;
    handedIn = null;
    form.requestSubmit(submitter.isConnected ? submitter : undefined);
  }, 0));

  // Signed out, or signed in anew in another tab: what was typed stands on this page alone, and nothing is sent by itself
  // any more. Save draft and Submit look first whether the page can be had again, and take the new form's token.
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status !== 401) return;
    signedOut = true;
    const line = savedLine();
    if (line) line.textContent = event.detail.xhr.responseText;
  });
  const signedInAgain = async (submitter) => {
    const refused = (words) => window.countersign.toast(words, "blocked");
    const answer = await fetch(form.getAttribute("action"), { headers: { "HX-Request": "true" } }).catch(() => null);
    const text = await answer?.text().catch(() => "");
    if (answer?.status === 401) return refused(text);
    const page = new DOMParser().parseFromString(answer?.ok ? text : "", "text/html");
    const token = page.querySelector("#compose [name=csrfmiddlewaretoken]");
    if (!token) return refused("This could not be saved. What you typed stands on this page: copy it, then open the post anew.");
    form.querySelector("[name=csrfmiddlewaretoken]").value = token.value;
    signedOut = false;
    form.requestSubmit(submitter?.isConnected ? submitter : undefined);
  };
  // Whoever comes back to the page learns it before they press anything.
  document.addEventListener("visibilitychange", () => { if (dirty && !document.hidden) look(); });

  // Parts, channels and images that were swapped in want a look, too.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "editor" && event.target.id !== "images") return;
    setTimeout(look, 60); // what came out of band is not ready before
    changed();
  });

  // Images: dropped anywhere on the page, or pasted, they go through the same field as chosen ones.
  const give = (files) => {
    const field = document.getElementById("image-files");
    const images = Array.from(files).filter((file) => file.type.startsWith("image/") || file.name);
    if (!field || !images.length) return;
    const box = new DataTransfer();
    images.forEach((file) => box.items.add(file));
    field.files = box.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  // Files whose request was still waiting for another one when that one's answer swapped their field away are given again.
  let unsent = [];
  document.addEventListener("change", (event) => {
    if (event.target.id === "image-files") unsent = Array.from(event.target.files);
  }, true);
  document.addEventListener("htmx:afterSettle", () => setTimeout(() => {
    const field = document.getElementById("image-files");
    if (unsent.length && field && !field.files.length) give(unsent);
  }, 60));
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id !== "image-files") return;
    unsent = [];
    const bytes = Array.from(event.target.files || []).reduce((sum, file) => sum + file.size, 0);
    const most = Number(event.target.dataset.mostBytes);
    if (bytes <= most) return;
    event.preventDefault();
    event.target.value = "";
    window.countersign.toast(`These files have ${Math.ceil(bytes / 1e6)} MB together, and ${most / 1e6} MB go in one go. Nothing was sent. Choose fewer or smaller ones.`, "blocked");
  });
  const carriesFiles = (event) => Array.from(event.dataTransfer?.types || []).includes("Files");
  const zoneOver = (on) => document.getElementById("dropzone")?.classList.toggle("over", on);
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    zoneOver(true);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) zoneOver(false); });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    zoneOver(false);
    give(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    if (files?.length) {
      event.preventDefault();
      give(files);
    }
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    if (event.target.id !== "image-files") return;
    const meter = document.getElementById("uploading");
    if (!meter) return;
    meter.hidden = false;
    const bar = meter.querySelector("progress");
    if (event.detail.lengthComputable && event.detail.loaded < event.detail.total) bar.value = (100 * event.detail.loaded) / event.detail.total;
    else bar.removeAttribute("value");
  });

  // after htmx has found the page's attributes
  document.addEventListener("DOMContentLoaded", () => setTimeout(look));
})();
