// What scrolls can be reached by Tab; a page that was opened from a file says what does not work there.
addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  for (const box of document.querySelectorAll("article div.math, article .output, article pre")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
});
if (location.protocol === "file:") {
  const note = document.createElement("p");
  note.className = "mm-from-file";
  note.textContent =
    "You opened this page from a file: all is there to read, but the explorers, and the lines that a search shows of " +
    "each page, need a server, such as: python -m http.server";
  document.querySelector("article")?.prepend(note);
}
