// A key presses the control of the page that has it in data-key, so all works without keys, too.
// A new key is one there, in templates/, and a line of key_list.html or pair_key_list.html.
"use strict";

// A page that is being left takes no further key: one press decides one person.
let leaving = false;

const isTyping = (target) => target.matches("input:not([type=radio], [type=checkbox]), textarea, select");

const bearing = (key) =>
  [...document.querySelectorAll("[data-key]")].find((control) =>
    control.dataset.key.split(" ").includes(key)
  );

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || leaving) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const control = bearing(event.key.toLowerCase());
  if (!control) return;
  event.preventDefault();
  if (isTyping(control)) {
    control.focus();
    control.select();
  } else {
    control.click();
  }
});

document.addEventListener("submit", () => { leaving = true; });
addEventListener("pageshow", () => { leaving = false; });
