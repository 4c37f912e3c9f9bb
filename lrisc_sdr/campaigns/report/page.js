// SPDX-License-Identifier: MIT
// The viewer: one strip's pictures in the same place, one after the other, so that the eye sees what differs.
"use strict";
(() => {
  const viewer = document.getElementById("viewer");
  const stage = viewer.querySelector(".stage");
  const image = stage.querySelector("img");
  const caption = viewer.querySelector("output");
  const zoomButton = viewer.querySelector("[data-zoom]");
  const LEVELS = [1, 2, 4, 8];
  let strip = [];
  let index = 0;
  let level = 0;

  const show = () => {
    image.src = strip[index].src;
    image.alt = strip[index].alt;
    caption.textContent = strip[index].closest("figure").querySelector("figcaption").innerText.replace(/\n+/g, ": ");
  };
  const step = (by) => {
    index = (index + by + strip.length) % strip.length;
    show();
  };
  const zoom = (to, event) => {
    level = to % LEVELS.length;
    if (event) {
      const box = stage.getBoundingClientRect();
      image.style.transformOrigin = `${event.clientX - box.left}px ${event.clientY - box.top}px`;
    }
    image.style.transform = `scale(${LEVELS[level]})`;
    stage.classList.toggle("near", level > 1);
    zoomButton.textContent = `${LEVELS[level]}×`;
  };

  document.querySelectorAll("button.zoom").forEach((button) => {
    button.addEventListener("click", () => {
      strip = [...button.closest(".strip").querySelectorAll("img")];
      index = strip.indexOf(button.querySelector("img"));
      zoom(0);
      show();
      viewer.showModal();
    });
  });
  stage.addEventListener("click", (event) => zoom(level + 1, level === 0 ? event : null));
  zoomButton.addEventListener("click", () => zoom(level + 1));
  viewer.querySelectorAll("[data-step]").forEach((button) => {
    button.addEventListener("click", () => step(Number(button.dataset.step)));
  });
  viewer.querySelector("[data-close]").addEventListener("click", () => viewer.close());
  viewer.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
    if (event.key === "+") zoom(level + 1);
  });
})();
