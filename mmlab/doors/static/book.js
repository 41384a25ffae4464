// Opened from a file instead of a server, a page says what does not work there.
if (location.protocol === "file:") {
  const note = document.createElement("p");
  note.className = "admonition note";
  note.textContent = "You read this from a file.";
  document.querySelector("article")?.prepend(note);
}
