// Comfort for the card-binding pages, which work without it: brand and groups of the card number, the
// slash of the expiry, a clock, one click for one submission. It sends nothing and keeps nothing.
"use strict";
(() => {
  const find = (selector) => document.querySelector(selector);
  const digits = (text) => text.replace(/\D/g, "");
  const live = find("[data-live]");

  // The first digits tell the brand; the server decides by the whole table.
  const brands = [
    ["Visa", /^4/, [4, 4, 4, 4, 3]],
    ["Mastercard", /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [4, 4, 4, 4, 3]],
    ["Amex", /^3[47]/, [4, 6, 5]],
    ["JCB", /^35(2[89]|[3-8])/, [4, 4, 4, 4, 3]],
    ["UnionPay", /^(62|81[0-6])/, [4, 4, 4, 4, 3]],
  ];
  const brandOf = (number) => brands.find(([, start]) => start.test(number));

  // Rewrites what is typed without moving the caret away from its digit.
  const formatted = (input, format) => {
    const apply = () => {
      const isAtEnd = input.selectionStart === input.value.length;
      const before = digits(input.value.slice(0, input.selectionStart)).length;
      const text = format(digits(input.value));
      if (text === input.value) return;
      input.value = text;
      // A digit may have been put before what was typed, as the 0 of a month.
      let at = isAtEnd ? text.length : 0;
      for (let seen = 0; !isAtEnd && at < text.length && seen < before; at += 1) {
        if (/\d/.test(text[at])) seen += 1;
      }
      if (document.activeElement === input) input.setSelectionRange(at, at);
    };
    input.addEventListener("input", (event) => {
      if (!event.inputType || !event.inputType.startsWith("delete")) apply();
    });
    input.addEventListener("change", apply);
    return apply;
  };

  const number = find("#number");
  if (number) {
    const shown = find("[data-brand]");
    const apply = formatted(number, (all) => {
      const [, , groups] = brandOf(all) || [, , [4, 4, 4, 4, 3]];
      const parts = [];
      let at = 0;
      for (const length of groups) {
        if (at < all.length) parts.push(all.slice(at, at + length));
        at += length;
      }
      return parts.join(" ");
    });
    const show = () => {
      const brand = brandOf(digits(number.value));
      const name = brand ? brand[0] : "";
      if (shown.textContent !== name) shown.textContent = name;
      shown.hidden = !brand;
    };
    number.addEventListener("input", show);
    show();
    for (const cell of document.querySelectorAll("[data-fill]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "fill";
      button.textContent = cell.dataset.fill;
      button.setAttribute("aria-label", `${cell.dataset.fillWords} ${cell.dataset.fill}`);
      button.addEventListener("click", () => {
        number.value = cell.dataset.fill;
        apply();
        show();
        number.focus();
      });
      cell.replaceChildren(button);
    }
  }

  const expiry = find("#expiry");
  if (expiry) {
    formatted(expiry, (all) => {
      const month = all.length === 1 && all > "1" ? `0${all}` : all;
      return month.length > 2 ? `${month.slice(0, 2)}/${month.slice(2, 6)}` : month;
    });
  }

  const otp = find("#otp");
  if (otp) formatted(otp, (all) => all.slice(0, 8));

  // One click, one submission; coming back by the history makes it usable again.
  for (const form of document.forms) {
    const button = form.querySelector("button[type=submit]");
    const words = button.textContent;
    form.addEventListener("submit", (event) => {
      if (button.disabled) {
        event.preventDefault();
        return;
      }
      button.disabled = true;
      if (form.dataset.busy) {
        button.textContent = form.dataset.busy;
        if (live) live.textContent = form.dataset.busy;
      }
    });
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      button.disabled = false;
      button.textContent = words;
    });
  }

  // Counts by the clock of this device from the moment of loading, so a wrong clock does no harm.
  const countdown = find("[data-countdown]");
  if (countdown) {
    const shown = find("[data-countdown-shown]");
    const words = find("[data-countdown-words]");
    const end = performance.now() + 1000 * Number(countdown.dataset.countdown);
    words.textContent = words.dataset.countdownWords;
    const tick = () => {
      const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      shown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      if (left === 60 && live) live.textContent = `${words.textContent} 1:00`;
      if (left > 0) return;
      clearInterval(timer);
      // The form must not be sent again, so this is no reload.
      setTimeout(() => location.replace(countdown.dataset.again || location.href), 1500);
    };
    const timer = setInterval(tick, 1000);
    tick();
  }
})();
