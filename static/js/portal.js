/* What the pages do beyond plain HTML and htmx. Everything works without this file; each part says why it is here. */
(function () {
  "use strict";
  const one = (selector, root) => (root || document).querySelector(selector);
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const person = document.body.dataset.person || "";

  function say(text) {
    const box = one("#messages");
    if (!box) return;
    const note = document.createElement("div");
    note.className = "notice error";
    note.textContent = text;
    box.replaceChildren(note);
    box.scrollIntoView({ block: "nearest" });
  }

  /* Storage may be full or forbidden on a shared machine: then there is simply no draft. */
  function kept(key, value) {
    try {
      if (value === undefined) return JSON.parse(localStorage.getItem(key));
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch (error) { /* no draft */ }
    return null;
  }

  /* "/" goes to the search box, Escape closes what floats. */
  document.addEventListener("keydown", function (event) {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const search = one("[data-search]");
    if (event.key === "/" && !typing && search && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    }
    if (event.key === "Escape") {
      all("[data-menu][open]").forEach(function (menu) { menu.open = false; one("summary", menu).focus(); });
      all(".drawer:not(:empty)").forEach((drawer) => drawer.replaceChildren());
    }
  });

  /* Drafts: named fields of a long form, for this person, this address. Never secrets, files, phone or identity numbers. */
  const draftKey = (form) => ["draft", person, location.pathname, form.dataset.keep].join("|");
  const worthKeeping = (field) =>
    field.name && field.form && !/^(password|file|hidden|submit|button)$/.test(field.type) && !field.closest("[data-private]");

  function contents(form) {
    return Array.from(form.elements).filter(worthKeeping).map((field) =>
      [field.name, /checkbox|radio/.test(field.type) ? [field.value, field.checked] : field.value]);
  }

  function refill(form, saved) {
    saved.forEach(function ([name, value]) {
      const rows = one("[data-rows]", form);
      const wanted = name.match(/-(\d+)-/);
      if (rows && wanted && !form.elements[name]) addRow(rows);
      Array.from(form.elements).filter((field) => field.name === name && worthKeeping(field)).forEach(function (field) {
        if (!Array.isArray(value)) field.value = value;
        else if (field.value === value[0]) field.checked = value[1];
      });
    });
  }

  function offerDraft(form) {
    const saved = kept(draftKey(form));
    form.dataset.start = JSON.stringify(contents(form));
    if (!saved || one("[data-summary]", form) || JSON.stringify(saved) === form.dataset.start) return;
    const note = document.createElement("div");
    note.className = "notice info";
    note.setAttribute("role", "status");
    note.append("您上次没有提交的内容还留在这台电脑上。 ");
    [["恢复", () => refill(form, saved)], ["丢弃", () => kept(draftKey(form), null)]].forEach(function ([label, act]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.onclick = function () { act(); note.remove(); };
      note.append(button);
    });
    form.prepend(note);
  }

  const changed = (form) => form.dataset.start !== undefined && !form.dataset.sent && JSON.stringify(contents(form)) !== form.dataset.start;
  let later;
  document.addEventListener("input", function (event) {
    const field = event.target;
    if (field.matches("textarea[data-grow]")) grow(field);
    const form = field.form;
    if (!form || form.dataset.keep === undefined) return;
    clearTimeout(later);
    later = setTimeout(() => kept(draftKey(form), contents(form)), 400);
  });
  window.addEventListener("beforeunload", function (event) {
    if (all("form[data-keep]").some(changed)) { event.preventDefault(); event.returnValue = ""; }
  });
  /* The draft goes only when the server took it: the next page no longer shows the same form with errors. */
  function settle() {
    const sent = kept("sent");
    kept("sent", null);
    if (sent && !one("[data-summary]")) kept(sent, null);
  }

  /* One press, one submission. The pressed button's own name must still travel, so it is disabled only after the form was read. */
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent && !form.hasAttribute("hx-post")) { event.preventDefault(); return; }
    if (form.hasAttribute("data-forget")) {
      Object.keys(localStorage).filter((key) => key.startsWith("draft|")).forEach((key) => kept(key, null));
    }
    if (form.dataset.keep !== undefined) { clearTimeout(later); kept(draftKey(form), contents(form)); kept("sent", draftKey(form)); }
    form.dataset.sent = "1";
    form.classList.add("sending");
    if (!form.hasAttribute("hx-post")) setTimeout(() => all("button", form).forEach((button) => { button.disabled = true; }), 0);
  });
  function ready(form) {
    delete form.dataset.sent;
    form.classList.remove("sending");
    all("button", form).forEach((button) => { button.disabled = false; });
  }
  /* Back brings a page from memory with its buttons still off. */
  window.addEventListener("pageshow", (event) => { if (event.persisted) all("form[data-sent]").forEach(ready); });

  function grow(area) {
    area.style.height = "auto";
    area.style.height = Math.min(area.scrollHeight + 2, 480) + "px";
  }

  /* Rows of a form: the last one copied, emptied, and given the next number. */
  function addRow(box) {
    const rows = all("[data-row]", box);
    const last = rows[rows.length - 1];
    if (!last || rows.length >= Number(box.dataset.max)) return;
    const numbers = all("[name]", box).map((field) => Number((field.name.match(/-(\d+)-/) || [0, -1])[1]));
    const next = Math.max.apply(null, numbers) + 1;
    const row = last.cloneNode(true);
    all("*", row).forEach(function (node) {
      ["name", "id", "for", "aria-describedby"].forEach(function (name) {
        if (node.hasAttribute(name)) node.setAttribute(name, node.getAttribute(name).replace(/-\d+(-|$)/g, "-" + next + "$1"));
      });
      node.removeAttribute("aria-invalid");
      node.classList.remove("wrong");
      if (node.matches(".error")) node.remove();
      if (node.matches("input[type=checkbox], input[type=radio]")) node.checked = node.defaultChecked;
      else if (node.matches("select")) node.selectedIndex = 0;
      else if (node.matches("input:not([type=hidden]), textarea")) node.value = "";
    });
    last.after(row);
    return row;
  }
  const blank = (row) => !one(".error", row) && all("input:not([type=hidden]):not([type=radio]), textarea", row).every((field) => !field.value);

  document.addEventListener("click", function (event) {
    const target = event.target;
    const add = target.closest("[data-add-row]");
    const remove = target.closest("[data-remove-row]");
    const fill = target.closest("[data-fill]");
    if (add) {
      event.preventDefault();
      const row = addRow(add.closest("[data-rows]"));
      if (row) one("input, select, textarea", row).focus();
    }
    if (remove && all("[data-row]", remove.closest("[data-rows]")).length > 1) {
      event.preventDefault();
      const box = remove.closest("[data-rows]");
      remove.closest("[data-row]").remove();
      one("[data-add-row]", box).focus();
    }
    if (fill) {
      const field = document.getElementById(fill.dataset.fill);
      field.value = fill.dataset.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (target.closest("[data-close]")) {
      const drawer = target.closest(".drawer");
      if (drawer) { event.preventDefault(); drawer.replaceChildren(); }
    }
    all("[data-menu][open]").forEach((menu) => { if (!menu.contains(target)) menu.open = false; });
    /* Chromium 90 to 92: the row's link cannot cover its row. */
    const row = target.closest("tr");
    if (row && !CSS.supports("accent-color", "auto") && !target.closest("a, button, input, label, select")) {
      const link = one(".row-link", row);
      if (link) link.click();
    }
  });

  /* After load and after each swap: show what only works with script, offer drafts, go to the first error. */
  function dress(root) {
    all(".quick, .choose-search", root).forEach((node) => { node.hidden = false; });
    all("textarea[data-grow]", root).forEach((area) => { if (area.value) grow(area); });
    all("[data-rows]", root).forEach(function (box) {
      all("[data-row]", box).slice(1).reverse().forEach((row) => { if (blank(row)) row.remove(); });
    });
    const forms = all("form[data-keep]", root);
    (root.matches && root.matches("form[data-keep]") ? [root] : forms).forEach(offerDraft);
    const summary = one("[data-summary]", root);
    if (summary) (one("[aria-invalid=true]", root) || summary).focus();
  }
  settle();
  dress(document);

  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) dress(event.detail.elt); });
  document.addEventListener("htmx:afterRequest", function (event) {
    const form = event.detail.elt;
    if (!form.matches || !form.matches("form")) return;
    if (event.detail.successful) { form.dataset.start = JSON.stringify(contents(form)); settle(); }
    else kept("sent", null);
    ready(form);
  });
  /* A whole page as an answer to a fragment request (a proxy's 502, say) must not be poured into the messages. */
  document.addEventListener("htmx:beforeSwap", function (event) {
    const whole = /<html/i.test(event.detail.serverResponse || "");
    if (event.detail.isError && (whole || !event.detail.serverResponse)) {
      event.detail.shouldSwap = false;
      say("操作没有完成（" + event.detail.xhr.status + "）。您填写的内容还在，请稍后再试；仍不行请联系系统管理员。");
    }
  });
  ["htmx:sendError", "htmx:timeout"].forEach(function (name) {
    document.addEventListener(name, () => say("网络不通，没有提交成功。您填写的内容还在，请检查网线后再试。"));
  });
})();
