"use strict";
(() => {
  const button = document.getElementById("fold");
  const proofs = () => document.querySelectorAll(".claim details");
  const open = (value) => proofs().forEach((one) => { one.open = value; });
  if (button && proofs().length) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const opening = button.textContent.startsWith("Open");
      open(opening);
      button.textContent = opening ? "Close all proofs" : "Open all proofs";
    });
  }
  // Boxes that have nothing to scroll are no stops on the way through the page.
  const boxes = document.querySelectorAll(".scroll");
  const settle = () => boxes.forEach((box) => {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
  settle();
  window.addEventListener("resize", settle);
  document.fonts.ready.then(settle);
  // A claim that a link leads to is shown, whatever the filter says.
  const arrive = () => {
    const target = document.getElementById(location.hash.slice(1));
    const all = document.querySelector('.filter [value="all"]');
    if (target && all && target.offsetParent === null) { all.checked = true; target.scrollIntoView(); }
  };
  window.addEventListener("hashchange", arrive);
  // Paper does not unfold.
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")].filter((one) => !one.classList.contains("source"));
    closed.forEach((one) => { one.open = true; });
  });
  window.addEventListener("afterprint", () => { closed.forEach((one) => { one.open = false; }); });
})();
