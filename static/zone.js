// Offers the browser's own time zone where the server could only guess UTC.
"use strict";
(() => {
  const select = document.querySelector('select[name="zone"]');
  if (!(select instanceof HTMLSelectElement) || select.value !== "UTC" || document.querySelector(".error-summary")) return;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (Array.from(select.options).some((option) => option.value === zone)) select.value = zone;
})();
