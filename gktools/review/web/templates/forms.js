"use strict";
// Keeps the session alive while somebody types, brings back what "back" would lose, sends no form twice, takes files that
// are dropped on a form, says that something takes its time, sees at once when a report is done.
// Every page works without it.
(() => {
  const alive = document.currentScript.dataset.alive;
  const MINUTE = 60 * 1000;
  const PREFIX = "gktools ";
  let asked = Date.now();

  const texts = (form) =>
    [...form.elements].filter((one) => one.name && !one.name.startsWith("private-") && !("private" in one.dataset) && (one.tagName === "TEXTAREA" || (one.tagName === "INPUT" && one.type === "text")));
  const draftOf = (form) => {
    const hidden = [...form.elements].filter((one) => one.type === "hidden" && !["_xsrf", "state", "seal", "taken"].includes(one.name));
    return PREFIX + [location.pathname, form.action, ...hidden.map((one) => one.name + "=" + one.value)].join(" ");
  };
  const sayBusy = (button) => {
    const said = document.createElement("span");
    const begun = Date.now();
    const say = () => {
      said.textContent = "　" + button.dataset.busy + "，已经 " + Math.round((Date.now() - begun) / 1000) + " 秒";
    };
    said.setAttribute("role", "status");
    button.after(said);
    say();
    const turn = setInterval(say, 1000);
    window.addEventListener("pagehide", () => (clearInterval(turn), said.remove()));
  };
  const pressed = new WeakMap();
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button, input");
    if (button && button.form) pressed.set(button.form, button);
  });
  const stored = (name) => {
    try {
      return JSON.parse(sessionStorage.getItem(name) || "{}");
    } catch {
      return {};
    }
  };

  if (document.querySelector("[data-forget-drafts]")) {
    Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX)).forEach((name) => sessionStorage.removeItem(name));
  }
  for (const form of document.querySelectorAll('main form[method="post"]')) {
    if (form.querySelector('[type="password"]')) continue;
    const name = draftOf(form);
    const draft = stored(name);
    for (const field of texts(form)) {
      const known = draft[field.name];
      if (known && known.before === field.value) {
        field.value = known.typed;
        const details = field.closest("details");
        if (details) details.setAttribute("open", "");
      }
      const before = field.defaultValue;
      field.addEventListener("input", () => {
        sessionStorage.setItem(name, JSON.stringify({ ...stored(name), [field.name]: { before, typed: field.value } }));
        if (Date.now() - asked > MINUTE) {
          asked = Date.now();
          fetch(alive, { cache: "no-store", redirect: "manual" }).catch(() => {});
        }
      });
    }
    form.addEventListener("submit", (event) => {
      const button = event.submitter || pressed.get(form) || {}; // an older browser does not tell which
      if (button.formTarget) return; // the page stays: a preview, a download
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
      sessionStorage.removeItem(name);
      if (!event.defaultPrevented && button.dataset && button.dataset.busy) sayBusy(button);
    });
  }

  const fields = [...document.querySelectorAll('main form input[type="file"]')];
  const carriesFiles = (event) => Boolean(event.dataTransfer) && [...event.dataTransfer.types].includes("Files");
  const fieldAt = (target) => fields.find((field) => field.form.contains(target)) || (fields.length === 1 ? fields[0] : null);
  const mark = (now) => fields.forEach((field) => field.form.classList.toggle("drop", field === now));
  if (fields.length) {
    // also beside a form: the browser would leave the page for the file
    for (const kind of ["dragenter", "dragover"]) {
      document.addEventListener(kind, (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        mark(fieldAt(event.target));
      });
    }
    document.addEventListener("dragleave", (event) => event.relatedTarget || mark(null));
    document.addEventListener("drop", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      mark(null);
      const field = fieldAt(event.target);
      if (!field || (event.dataTransfer.files.length > 1 && !field.multiple)) return;
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
      field.focus();
    });
  }

  const making = document.querySelector("[data-making]");
  const OFTEN = 250;
  const SELDOM = 1000;
  const watch = async () => {
    const shown = new URL(making.dataset.making, location.href).searchParams.get("state");
    let pause = SELDOM;
    try {
      const answer = await fetch(making.dataset.making, { cache: "no-store", redirect: "manual" });
      const now = answer.ok ? await answer.json() : null;
      if (answer.type === "opaqueredirect" || (answer.ok && now.state !== shown)) return location.reload();
      if (now) {
        making.querySelector("[data-seconds]").textContent = now.seconds;
        pause = OFTEN;
      }
    } catch {
      // the server cannot be reached now
    }
    setTimeout(watch, pause);
  };
  if (making) setTimeout(watch, OFTEN);

  window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));
})();
