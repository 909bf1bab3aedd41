// Countersign's small script. Pages work without it; it adds the keyboard, the theme switch, dialogs, tabs, fresh
// times and warnings. Everything hangs on data- attributes (docs/ui.md), so what htmx brings in later works too.
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);
  const isTyping = (node) =>
    node instanceof HTMLElement &&
    (node.isContentEditable || /^(TEXTAREA|SELECT)$/.test(node.tagName) ||
      (node.tagName === "INPUT" && !/^(checkbox|radio|button|submit|reset|file|range|color)$/.test(node.type)));
  const isShown = (node) => node.checkVisibility ? node.checkVisibility({ visibilityProperty: true }) : node.offsetParent !== null;

  // Theme: a cookie, so that the server writes data-theme and no page flashes.
  const setTheme = (theme) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=${theme ? 31536000 : 0}; SameSite=Lax${secure}`;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    all("[data-theme-set]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.themeSet === theme)));
  };

  // Notices in the corner. kind: "", cleared, attest, blocked. Also by the response header HX-Trigger: {"toast": {...}}
  const toast = (text, kind = "", seconds = kind === "blocked" ? 0 : 6) => {
    const region = document.getElementById("toasts");
    if (!region) return;
    // what stays until it is closed stands there once, however often it is said
    if (!seconds && all(".toast > div", region).some((said) => said.textContent === text)) return;
    const box = document.createElement("div");
    box.className = `notice toast ${kind}`;
    if (kind === "blocked") box.setAttribute("role", "alert");
    const words = document.createElement("div");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn quiet small";
    close.textContent = "Close";
    close.addEventListener("click", () => box.remove());
    box.append(words, close);
    region.append(box);
    if (seconds) setTimeout(() => box.remove(), seconds * 1000);
  };

  // Dialogs: <a href="/the/page" data-dialog="id">: the page is what opens where there is no script.
  const openDialog = (id, opener) => {
    const dialog = document.getElementById(id);
    if (!(dialog instanceof HTMLDialogElement)) return false;
    if (id === "keys") fillKeys(dialog);
    closeMenus();
    if (!dialog.open) dialog.showModal();
    dialog.addEventListener("close", () => opener && opener.isConnected && opener.focus(), { once: true });
    return true;
  };
  const closeMenus = (except) => all("details.menu[open]").forEach((m) => { if (!m.contains(except || null)) m.open = false; });

  // Copy
  const copy = async (button) => {
    const source = button.dataset.copyFrom ? document.querySelector(button.dataset.copyFrom) : null;
    const text = source ? source.value ?? source.textContent : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
      toast("Copied.", "cleared", 2);
    } catch {
      toast(`This browser does not let pages copy. Here it is, to select: ${text}`, "attest", 0);
    }
  };

  // Tabs, after the ARIA pattern: arrows move and select, Home and End jump; without script all panels show.
  const selectTab = (tab, focus) => {
    const list = tab.closest('[role="tablist"]');
    for (const each of all('[role="tab"]', list)) {
      const on = each === tab;
      each.setAttribute("aria-selected", String(on));
      each.tabIndex = on ? 0 : -1;
      const panel = document.getElementById(each.getAttribute("aria-controls"));
      if (panel) panel.hidden = !on;
    }
    if (focus) {
      tab.focus();
      tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    tab.dispatchEvent(new CustomEvent("tab:selected", { bubbles: true }));
  };
  const tabKey = (event, tab) => {
    const tabs = all('[role="tab"]', tab.closest('[role="tablist"]'));
    const at = tabs.indexOf(tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    selectTab(tabs[(to + tabs.length) % tabs.length], true);
  };

  // Keyboard: data-key="a" or, one after the other, data-key="g c". j and k walk over [data-row].
  let pending = "";
  let pendingSince = 0;
  const keyOf = (event) => (event.key === " " ? "Space" : event.key);
  const withKeys = () => {
    const open = all("dialog[open]").pop();
    return all("[data-key]", open || document).filter((n) => n.dataset.key && (isShown(n) || n.hasAttribute("data-key-hidden")));
  };
  const press = (node) => {
    if (node.disabled || node.getAttribute("aria-disabled") === "true") {
      toast(node.dataset.whyNot || "That cannot be done yet.", "attest");
    } else if (/^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName) && !/^(checkbox|radio|submit|button)$/.test(node.type)) {
      node.focus();
    } else {
      node.click();
    }
  };
  const walk = (step) => {
    const rows = all("[data-row]").filter(isShown);
    if (!rows.length) return false;
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const row = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step))];
    const target = row.matches("a, button, [tabindex]") ? row : row.querySelector("a, button, input, [tabindex]");
    if (target) {
      target.focus();
      row.scrollIntoView({ block: "nearest" });
    }
    return Boolean(target);
  };
  const onKey = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      document.activeElement?.closest("details.menu[open]")?.querySelector("summary")?.focus();
      return closeMenus();
    }
    if (isTyping(event.target)) return;
    const key = keyOf(event);
    const chord = pending && Date.now() - pendingSince < 1500 ? `${pending} ${key}` : key;
    pending = "";
    const nodes = withKeys();
    const hit = nodes.find((n) => n.dataset.key === chord) || (chord === key ? null : nodes.find((n) => n.dataset.key === key));
    if (hit) {
      event.preventDefault();
      return press(hit);
    }
    if (document.querySelector("dialog[open]")) return;
    if (key === "?") return void (openDialog("keys", document.activeElement) && event.preventDefault());
    if ((key === "j" && walk(1)) || (key === "k" && walk(-1))) return event.preventDefault();
    if (nodes.some((n) => n.dataset.key.startsWith(`${key} `))) {
      pending = key;
      pendingSince = Date.now();
    }
  };
  const keyLine = (keys, label) => {
    const li = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = label;
    const caps = document.createElement("span");
    caps.className = "keys";
    for (const key of keys) caps.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    li.append(name, caps);
    return li;
  };
  const fillKeys = (dialog) => {
    const list = dialog.querySelector("[data-key-list]");
    const seen = new Set();
    list.replaceChildren();
    if (document.querySelector("[data-row]")) list.append(keyLine(["j", "k"], "Next and previous"), keyLine(["Enter"], "Open"));
    for (const node of all("[data-key]")) {
      if (!node.dataset.key || seen.has(node.dataset.key) || dialog.contains(node) || (!isShown(node) && !node.hasAttribute("data-key-hidden"))) continue;
      seen.add(node.dataset.key);
      const words = Array.from(node.childNodes).filter((n) => n.nodeName !== "KBD").map((n) => n.textContent).join(" ").trim();
      list.append(keyLine(node.dataset.key.split(" "), node.dataset.keyLabel || node.getAttribute("aria-label") || words));
    }
    list.append(keyLine(["?"], "This list"), keyLine(["Esc"], "Close"));
  };

  // Times: the first 24 hours stay fresh, in the words of accounts/templatetags/ui.py.
  const relative = (value) => {
    const seconds = (Date.now() - value) / 1000;
    const size = Math.abs(seconds);
    const past = seconds >= 0;
    if (size < 45) return past ? "just now" : "in a moment";
    if (size >= 86400) return "";
    const minutes = Math.max(1, Math.round(size / 60));
    const amount = minutes < 60 ? `${minutes} min` : `${Math.max(1, Math.floor(size / 3600))} h`;
    return past ? `${amount} ago` : `in ${amount}`;
  };
  const freshen = () => {
    if (document.hidden) return;
    for (const node of all("time[data-relative]")) {
      const text = relative(Date.parse(node.dateTime));
      if (text && text !== node.textContent) node.textContent = text;
    }
  };

  // Forms with data-dirty warn before what was written is lost; what htmx saved counts as saved.
  const stateOf = (form) => new URLSearchParams(Array.from(new FormData(form), ([k, v]) => [k, v instanceof File ? v.name : v])).toString();
  const clean = new WeakMap();
  const remember = (root) => all("form[data-dirty]", root).forEach((f) => clean.has(f) || clean.set(f, stateOf(f)));
  const isDirty = () => all("form[data-dirty]").some((f) => clean.has(f) && clean.get(f) !== stateOf(f));

  const prepare = (root) => {
    all('[role="tablist"]:not([data-links])', root).forEach((list) => {
      const tab = list.querySelector('[role="tab"][aria-selected="true"]') || list.querySelector('[role="tab"]');
      if (tab) selectTab(tab, false);
    });
    remember(root);
    const summary = root.querySelector("[data-focus]");
    if (summary) summary.focus();
  };

  document.addEventListener("click", (event) => {
    closeMenus(event.target);
    const theme = closest(event, "[data-theme-set]");
    if (theme) setTheme(theme.dataset.themeSet);
    const opener = closest(event, "[data-dialog]");
    if (opener && !event.ctrlKey && !event.metaKey && openDialog(opener.dataset.dialog, opener)) event.preventDefault();
    const closer = closest(event, "[data-close]");
    if (closer) closer.closest("dialog")?.close();
    // a click beside a dialog closes it, unless something may be written in it
    if (event.target instanceof HTMLDialogElement && event.target.open && !event.target.querySelector("form")) event.target.close();
    const copier = closest(event, "[data-copy], [data-copy-from]");
    if (copier) copy(copier);
    closest(event, "[data-dismiss]")?.closest(".notice, .banner")?.remove();
    if (closest(event, "[data-print]")) window.print();
    const tab = closest(event, '[role="tab"][aria-controls]');
    if (tab && !tab.closest("[data-links]")) {
      event.preventDefault();
      selectTab(tab, true);
    }
  });
  document.addEventListener("keydown", (event) => {
    const tab = closest(event, '[role="tab"][aria-controls]');
    if (tab) tabKey(event, tab);
    onKey(event);
  });
  document.addEventListener("change", (event) => {
    if (closest(event, "[data-autosubmit]")) event.target.form?.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-dirty]") && !event.target.matches("[hx-post]")) clean.delete(event.target);
    if (event.target.hasAttribute("data-once")) {
      if (event.target.dataset.sent) event.preventDefault();
      event.target.dataset.sent = "1";
    }
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((f) => delete f.dataset.sent));
  window.addEventListener("beforeunload", (event) => { if (isDirty()) event.preventDefault(); });

  // htmx: the thin line at the top while it waits, words when it fails
  let waiting = 0;
  const busy = (step) => {
    waiting = Math.max(0, waiting + step);
    document.getElementById("busy")?.classList.toggle("on", waiting > 0);
  };
  document.addEventListener("htmx:beforeRequest", () => busy(1));
  document.addEventListener("htmx:afterRequest", (event) => {
    busy(-1);
    const form = event.target instanceof Element ? event.target.closest("form[data-dirty]") : null;
    if (form && event.detail.successful && event.detail.requestConfig.verb !== "get") clean.set(form, stateOf(form));
  });
  document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) prepare(event.target); });
  document.addEventListener("htmx:sendError", () =>
    toast("The server did not answer. Nothing was changed there; what you wrote is still here. Try again in a moment.", "blocked"));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    const words = {
      401: event.detail.xhr.responseText,
      403: "You are not allowed to do that, or your sign-in has ended. Nothing was changed. Reload the page to see.",
      404: "That is not there any more. Nothing was changed. Reload the page to see what is.",
      413: "That was too much at once. Nothing was changed, and what you wrote is still here. Choose fewer or smaller files, or shorten the text.",
      429: "Too many tries in a short time. Nothing was changed. Wait a minute and try again.",
    };
    toast(words[status] || `The server could not do that (${status}). What you wrote is still here. Try again; if it goes on, tell an admin.`, "blocked");
  });
  document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.kind));

  window.countersign = Object.freeze({ toast, selectTab, openDialog });
  prepare(document);
  setInterval(freshen, 20000);
  document.addEventListener("visibilitychange", freshen);
})();
