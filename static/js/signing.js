/* Signing by hand on the screen: what is drawn goes into the form as points, in thousandths of the frame's width, so that it
   survives a turned tablet and comes back after a refusal. Nothing of it is kept in the browser. */
(function () {
  "use strict";
  const WIDE = 1000;
  const box = document.querySelector("[data-signature]");
  if (!box || typeof SignaturePad === "undefined") return;
  const form = box.closest("form");
  const field = document.getElementById(box.dataset.signature);
  const canvas = box.querySelector("canvas");
  const said = box.querySelector("[data-said]");
  let strokes = [];
  try { strokes = JSON.parse(field.value || "[]"); } catch (problem) { strokes = []; }

  box.hidden = false;
  document.querySelectorAll(".until-script").forEach((node) => { node.hidden = true; });
  form.querySelectorAll("[data-with-script]").forEach((node) => { node.hidden = false; });
  const pad = new SignaturePad(canvas, { penColor: "#1f2329", minWidth: 0.9, maxWidth: 2.8, minDistance: 3 });
  const scale = () => canvas.clientWidth / WIDE;

  function draw() {
    const ratio = Math.max(window.devicePixelRatio || 1, 1);
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    canvas.getContext("2d").scale(ratio, ratio);
    pad.clear();
    pad.fromData(strokes.map((stroke) => ({
      points: stroke.map((point, place) => ({ x: point[0] * scale(), y: point[1] * scale(), pressure: 0.5, time: place * 16 })),
    })), { clear: false });
  }
  function keep() {
    field.value = strokes.length ? JSON.stringify(strokes) : "";
    said.textContent = strokes.length ? `已写 ${strokes.length} 笔` : "还没有写";
  }
  pad.addEventListener("endStroke", function () {
    const drawn = pad.toData()[strokes.length];
    const tenth = (length) => Math.round(length / scale() * 10) / 10;
    if (drawn) strokes.push(drawn.points.map((point) => [tenth(point.x), tenth(point.y)]));
    keep();
  });
  box.querySelector("[data-undo]").addEventListener("click", function () { strokes.pop(); draw(); keep(); });
  box.querySelector("[data-clear]").addEventListener("click", function () { strokes = []; draw(); keep(); });
  form.addEventListener("submit", function (event) {
    if (strokes.length) return;
    event.preventDefault();
    event.stopPropagation();
    said.textContent = "请先在框内手写签名。";
    canvas.focus();
  });
  let width = 0;
  function fit() {
    if (canvas.clientWidth === width) return;
    width = canvas.clientWidth;
    draw();
  }
  window.addEventListener("resize", fit);
  window.addEventListener("orientationchange", fit);
  fit();
  keep();
})();
