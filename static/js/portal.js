/* What pages do beyond plain HTML and htmx. Every page works without this file; each part says why it is here. */
(function () {
  "use strict";
  const one = (selector, root) => (root || document).querySelector(selector);
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const on = (name, act) => document.addEventListener(name, act);

  function note(kind, text, buttons) {
    const box = document.createElement("div");
    box.className = "no-print notice " + kind;
    box.append(text);
    (buttons || []).forEach(function ([label, act]) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
      button.onclick = () => { act(); box.remove(); };
      box.append(button);
    });
    return box;
  }
  function say(text) {
    one("#messages").replaceChildren(note("error", text));
    one("#messages").scrollIntoView({ block: "center" });
  }

  /* The drawer gives the focus back to the link that opened it. */
  let opener;
  function shut(drawer) {
    drawer.replaceChildren();
    if (opener && opener.isConnected) opener.focus();
  }

  /* Back twice in haste: only the newer page may still arrive. */
  let restoring;
  on("htmx:historyCacheMiss", function (event) {
    if (restoring) restoring.abort();
    restoring = event.detail.xhr;
  });

  /* "/" finds the search box; Escape closes what floats. */
  on("keydown", function (event) {
    const search = one("[data-search]");
    if (event.key === "/" && search && !event.ctrlKey && !event.metaKey && !event.target.closest("input, textarea, select")) {
      event.preventDefault();
      search.select();
    }
    if (event.key === "Escape") {
      all("[data-menu][open]").forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
      all(".drawer:not(:empty)").forEach(shut);
    }
    if (event.key === "ArrowDown" && event.target.dataset.choose) document.getElementById(event.target.dataset.choose).focus();
  });

  /* Drafts of long forms, by person and address. Storage may be full or forbidden: then there is no draft.
     Never passwords, files, hidden fields or what is marked private (phone, identity numbers). */
  function kept(key, value) {
    try {
      if (value === undefined) return JSON.parse(localStorage.getItem(key));
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch (error) { /* no draft */ }
    return null;
  }
  const keyOf = (form) => ["draft", document.body.dataset.person, location.pathname, form.dataset.keep].join("|");
  const fieldsOf = (form) => Array.from(form.elements).filter((field) =>
    field.name && !/^(password|file|hidden|submit|button|fieldset)$/.test(field.type) && !field.closest("[data-private]"));
  const contents = (form) => fieldsOf(form).map((field) => [field.name, field.value, Boolean(field.checked)]);
  const changed = (form) => form.dataset.start && !form.dataset.sent && JSON.stringify(contents(form)) !== form.dataset.start;

  function refill(form, saved) {
    saved.forEach(function ([name, value, checked]) {
      const box = !form.elements[name] && document.getElementById(name.split(/-\d+-/)[0]);
      if (box && box.matches("[data-rows]")) addRow(box);
      fieldsOf(form).filter((field) => field.name === name).forEach(function (field) {
        if (!/checkbox|radio/.test(field.type)) field.value = value;
        else if (field.value === value) field.checked = checked;
      });
    });
  }
  /* A form that came back instead of being taken is still the draft it was, rows and all. */
  function carryOn(form) {
    form.dataset.start = "[]";
    kept(keyOf(form), contents(form));
  }
  function offerDraft(form) {
    const saved = kept(keyOf(form));
    form.dataset.start = JSON.stringify(contents(form));
    if (!saved || one("[data-summary]", form) || JSON.stringify(saved) === form.dataset.start) return;
    form.prepend(note("info", "您上次没有提交的内容还留在这台电脑上。",
      [["恢复", () => refill(form, saved)], ["丢弃", () => kept(keyOf(form), null)]]));
  }
  /* The draft goes only once the server took it: the answer shows neither the form with errors again nor that one has to sign in. */
  function settle() {
    const sent = kept("sent");
    kept("sent", null);
    if (sent && !one("[data-summary]") && document.body.dataset.person) kept(sent, null);
  }
  let later;
  on("input", function (event) {
    const form = event.target.form;
    if (event.target.matches("[data-grow]")) grow(event.target);
    if (!form || form.dataset.keep === undefined) return;
    clearTimeout(later);
    later = setTimeout(() => kept(keyOf(form), contents(form)), 400);
  });
  window.addEventListener("beforeunload", (event) => {
    if (all("form[data-keep]:not([data-leave-quietly])").some(changed)) { event.preventDefault(); event.returnValue = ""; }
  });

  /* One press, one submission. Buttons go off only after the form was read, so the pressed one's name still travels;
     Back brings the page from memory with them off, hence pageshow. htmx guards its own forms (hx-sync, hx-disabled-elt). */
  function ready(form) {
    delete form.dataset.sent;
    form.classList.remove("sending");
    all("button", form).forEach((button) => { button.disabled = false; });
  }
  on("submit", function (event) {
    const form = event.target;
    const plain = !form.hasAttribute("hx-post");
    if (form.method !== "post") return;
    if (plain && form.dataset.sent) return event.preventDefault();
    if (form.hasAttribute("data-forget")) Object.keys(localStorage).filter((key) => key.startsWith("draft|")).forEach((key) => kept(key, null));
    if (form.dataset.keep !== undefined) {
      clearTimeout(later);
      kept(keyOf(form), contents(form));
      kept("sent", keyOf(form));
    }
    form.dataset.sent = "1";
    form.classList.add("sending");
    if (plain) setTimeout(() => all("button", form).forEach((button) => { button.disabled = true; }));
    if (plain) setTimeout(() => ready(form), 8000); /* an answer that is a file leaves the page standing */
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) all("form[data-sent]").forEach(ready); });

  function grow(area) {
    area.style.height = "auto";
    area.style.height = Math.min(area.scrollHeight + 2, 480) + "px";
  }

  /* Rows of a form: the last one copied, emptied, given the next number. */
  function addRow(box) {
    const rows = all("[data-row]", box);
    if (!rows.length || rows.length >= Number(box.dataset.max)) return null;
    const last = rows[rows.length - 1];
    const next = 1 + Math.max(...all("[name]", box).map((field) => Number((field.name.match(/-(\d+)-/) || [0, -1])[1])));
    const row = last.cloneNode(true);
    all(".field-error, [data-own]", row).forEach((node) => node.remove());
    all("*", row).forEach(function (node) {
      ["name", "id", "for", "aria-describedby", "data-fill"].filter((name) => node.hasAttribute(name)).forEach((name) =>
        node.setAttribute(name, node.getAttribute(name).split(" ").map((word) => word.replace(/-\d+(?=-|$)/, "-" + next)).join(" ")));
      node.removeAttribute("aria-invalid");
      node.classList.remove("wrong");
      if (/checkbox|radio/.test(node.type)) node.checked = node.defaultChecked;
      else if (node.matches("select")) node.selectedIndex = 0;
      else if (node.matches("input, textarea")) node.value = "";
    });
    last.after(row);
    return row;
  }
  const blank = (row) => !one(".field-error", row) && all("input:not([type=radio]), textarea", row).every((field) => !field.value || field.type === "hidden");

  on("click", function (event) {
    const near = (selector) => event.target.closest(selector);
    const box = near("[data-rows]");
    if (near("[data-add-row]")) {
      event.preventDefault();
      const row = addRow(box);
      if (row) one("input:not([type=hidden]), select, textarea", row).focus();
    }
    if (near("[data-remove-row]") && all("[data-row]", box).length > 1) {
      event.preventDefault();
      near("[data-row]").remove();
      one("[data-add-row]", box).focus();
    }
    if (near("[data-fill]")) {
      const field = document.getElementById(near("[data-fill]").dataset.fill);
      field.value = near("[data-fill]").dataset.value;
      ["input", "change"].forEach((name) => field.dispatchEvent(new Event(name, { bubbles: true })));
    }
    if (near("[data-copy]")) {
      const field = document.getElementById(near("[data-copy]").dataset.copy);
      field.select();
      near("[data-copy]").textContent = document.execCommand("copy") ? "已复制" : "请按 Ctrl+C"; /* the clipboard itself wants https */
    }
    if (near(".drawer [data-close]")) { event.preventDefault(); shut(near(".drawer")); }
    all("[data-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    /* Chromium 90 to 92 cannot stretch a row's link over its row. */
    const link = near("tr") && !CSS.supports("accent-color", "auto") && !near("a, button, label, input") && one(".row-link", near("tr"));
    if (link) link.click();
  });
  on("change", (event) => { if (event.target.matches(".choose select")) event.target.size = 0; });
  /* A choice that brings a text along (a ground of refusal, its channel) fills it in, but never over what somebody wrote. */
  on("change", function (event) {
    const field = event.target.dataset.brings && document.getElementById(event.target.dataset.brings);
    const brought = all("option", event.target).map((it) => it.dataset.text || "");
    if (field && brought.includes(field.value.trim())) field.value = event.target.selectedOptions[0].dataset.text || "";
  });

  /* Fields that go with one choice only are out of the way while another is chosen: data-when="identity=authorised_representative". */
  function fit(form) {
    all("[data-when]", form).forEach(function (place) {
      const [name, value] = place.dataset.when.split("=");
      const fits = all(`[name="${name}"]`, form).some((field) => field.checked && field.value === value);
      place.hidden = !fits && !one(".field-error", place);
    });
  }
  on("change", (event) => { if (event.target.form) fit(event.target.form); });

  /* A pressed choice that wants words leads to them; whoever goes through the choices by keyboard is left where he is. */
  on("click", function (event) {
    const group = event.detail && event.target.closest("[data-leads]"), label = event.target.closest("label");
    if (!group || !label || !group.dataset.leading.split(" ").includes((label.control || {}).value)) return;
    setTimeout(() => document.getElementById(group.dataset.leads).focus());
  });

  /* The slot that is chosen is kept for this form, and given back when the form is left. */
  function keepPlace(field) {
    const hold = document.getElementById(field.closest("[data-hold]").dataset.hold);
    if (!window.htmx || !hold) return;
    hold.elements.slot.value = field.value;
    hold.elements.form_token.value = field.form.elements.form_token.value;
    hold.requestSubmit();
  }
  const chosenSlot = () => one("[data-hold] :checked");
  on("change", (event) => { if (event.target.closest("[data-hold]")) keepPlace(event.target); });
  on("DOMContentLoaded", () => { if (chosenSlot() && !one("[data-countdown], [data-hold].wrong")) keepPlace(chosenSlot()); });
  window.addEventListener("pageshow", (event) => { if (event.persisted && chosenSlot()) keepPlace(chosenSlot()); });
  window.addEventListener("pagehide", function () {
    const hold = one("form[data-release]");
    if (hold && one("[data-countdown]") && !all("form[data-sent]").length) navigator.sendBeacon(hold.dataset.release, new FormData(hold));
  });
  setInterval(() => all("[data-countdown]").forEach(function (place) {
    place.ends = place.ends || performance.now() + 1000 * place.dataset.countdown;
    const left = Math.round((place.ends - performance.now()) / 1000);
    place.textContent = left > 0 ? `还有 ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "保留时间已到，登记前请再占一次。";
  }), 1000);

  /* After load and after each swap: show what needs script, offer drafts, go to the first error. */
  function dress(root) {
    const own = (selector) => all(selector, root).concat(root.matches && root.matches(selector) ? [root] : []);
    own(".quick, .choose-search, [data-copy]").forEach((node) => { node.hidden = false; });
    own("[data-grow]").filter((area) => area.value).forEach(grow);
    own("[data-row] ~ [data-row]").filter(blank).forEach((row) => row.remove());
    own("form[data-keep]").forEach(root === document ? offerDraft : carryOn);
    own("form").forEach(fit);
    if (own("[data-summary]")[0]) (one("[aria-invalid=true], .wrong input:enabled:not([type=hidden])", root) || own("[data-summary]")[0]).focus();
  }
  settle();
  dress(document);

  on("htmx:beforeRequest", (event) => { if (event.detail.target.matches(".drawer")) opener = event.detail.elt; });
  on("htmx:afterSettle", function (event) {
    const place = event.detail.elt;
    const list = place.closest(".choose select");
    const drawer = place.closest(".drawer");
    if (list) {
      list.size = Math.min(Math.max(list.options.length, 2), 6);
      if (list.options.length > 1) list.selectedIndex = -1; /* typing alone must not choose */
    } else dress(place);
    if (place.dataset.title) document.title = place.dataset.title + document.title.slice(document.title.lastIndexOf(" · "));
    if (drawer) drawer.focus();
    if (place.closest("#messages")) place.scrollIntoView({ block: "center" });
  });
  on("htmx:afterRequest", function (event) {
    const form = event.detail.requestConfig.elt;
    if (!form.matches("form")) return;
    kept("sent", null);
    const status = event.detail.xhr.status; /* htmx calls a 422 successful because it is swapped */
    const onward = event.detail.xhr.getResponseHeader("HX-Redirect");
    const signIn = onward && /\/login$/.test(new URL(onward, location).pathname); /* the sign-in was over */
    const taken = status < 400 && onward && !signIn; /* else the form itself came back */
    if ((taken || signIn) && form.dataset.keep !== undefined) {
      if (taken) kept(keyOf(form), null);
      form.dataset.start = JSON.stringify(contents(form));
    }
    ready(form);
  });
  /* What asks again by itself keeps its last state when it gets no answer, and says so until it gets one. */
  function lose(event) {
    const asking = event.detail.elt.matches("[data-live]");
    if (asking) event.detail.elt.classList.add("lost");
    return asking;
  }
  on("htmx:afterOnLoad", (event) => { if (event.detail.xhr.status < 400) event.detail.elt.classList.remove("lost"); });

  /* Buttons that change by themselves: left alone when they are the same, and not pressed by whoever aimed at the one before. */
  let change = null;
  on("htmx:oobBeforeSwap", function (event) {
    const { target, fragment } = event.detail;
    const next = fragment.firstElementChild;
    if (!target.matches("[data-still]") || !next) return;
    if (next.outerHTML === target.outerHTML) event.detail.shouldSwap = false;
    else change = { id: target.id, at: Date.now() };
  });
  document.addEventListener("click", function (event) {
    if (change && Date.now() - change.at < 700 && event.target.closest("#" + change.id)) event.preventDefault();
  }, true);

  /* The scan box: emptied as soon as its text is on the way, so that the next scan is not lost; given back if that failed.
     Whoever types where nothing is typed, types into it: a hand scanner looks at no screen. */
  on("htmx:beforeSend", function (event) {
    const form = event.detail.elt;
    if (form.dataset.scan === undefined) return;
    const box = one("input[type=text]", form);
    form.dataset.under = box.value;
    box.value = "";
  });
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => on(name, function (event) {
    const form = event.detail.elt;
    if (form.dataset.scan !== undefined && !one("input[type=text]", form).value) one("input[type=text]", form).value = form.dataset.under;
  }));
  on("keydown", function (event) {
    const box = one("[data-scan] input[type=text]");
    if (!box || box.disabled || event.key.length !== 1 || event.key === "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!event.target.closest("input, textarea, select, button, a, summary") || (/[0-9]/.test(event.key) && !event.target.closest("input, textarea, select"))) box.focus();
  });

  /* A proxy's whole page must not be poured into the messages; nor may a lost line pass in silence. */
  on("htmx:beforeSwap", function (event) {
    if (event.detail.isError && lose(event)) { event.detail.shouldSwap = false; return; }
    const answer = event.detail.serverResponse;
    if (!event.detail.isError || (answer && !/<html/i.test(answer))) return;
    event.detail.shouldSwap = false;
    say("操作没有完成（" + event.detail.xhr.status + "）。您填写的内容还在，请稍后再试；仍不行请联系系统管理员。");
  });
  ["htmx:sendError", "htmx:timeout"].forEach((name) => on(name, (event) => lose(event) || say("网络不通，没有提交成功。您填写的内容还在，请检查网络后再试。")));
})();
