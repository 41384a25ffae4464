// Explorers that move without a kernel: one slider at a time, from the sweeps that the site's builder has computed.
// mmlab/doors/sweep_file.py says how a file of them is coded. Where something is missing, the still picture stays.
(() => {
  "use strict";

  async function load(url) {
    const got = await fetch(url);
    if (!got.ok) throw new Error(`${got.status} ${url}`);
    let bytes = await got.arrayBuffer();
    const [first, second] = new Uint8Array(bytes);
    if (first === 0x1f && second === 0x8b) {
      // Some servers say that it is gzip, and the browser has unpacked it.
      bytes = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    }
    const size = 4 + new DataView(bytes).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, size - 4)));
    return { ...header, octets: new Uint8Array(bytes, size) };
  }

  // The paths of a slider's sweep, by panel, path and position: their commands, and all x and then all y in tenths.
  function decoded(octets, slider) {
    let at = slider.at;
    const take = () => {
      let number = 0, unit = 1, octet;
      do {
        octet = octets[at++];
        number += (octet & 127) * unit;
        unit *= 128;
      } while (octet > 127);
      return number % 2 ? -(number + 1) / 2 : number / 2;
    };
    const path = () => {
      let commands = [], points = new Int32Array(0);
      return slider.values.map(() => {
        const kind = take();
        if (kind === 2) {
          commands = Array.from({ length: take() }, take);
          points = new Int32Array(2 * commands.filter((command) => command < 2).length);
        }
        if (kind) {
          points = points.slice();
          for (let n = 0, sum = 0; n < points.length; n++) {
            sum = (n === points.length / 2 ? 0 : sum) + take();
            points[n] += sum;
          }
        }
        return { commands, points };
      });
    };
    return slider.paths.map((length) => Array.from({ length }, path));
  }

  function pathData({ commands, points }) {
    let n = 0;
    const half = points.length / 2;
    const point = (letter) => `${letter}${points[n] / 10} ${points[half + n++] / 10}`;
    return commands.map((command) => (command === 2 ? "z" : point("ML"[command]))).join("");
  }

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  class Moving {
    constructor(box, number) {
      this.box = box;
      this.id = `mm-moving-${number}`;
      this.about = JSON.parse(box.dataset.moving);
      this.files = this.about.presets.map(() => null);
      this.picture = box.previousElementSibling?.querySelector(".cell_output img");
    }

    async choose(preset) {
      this.asked = preset;
      const { presets, folder } = this.about;
      this.box.setAttribute("aria-busy", "true");
      this.files[preset] ??= load(folder + presets[preset][1]);
      try {
        const file = await this.files[preset];
        if (this.asked !== preset) return;
        if (!this.words) this.build();
        this.begin(file);
      } catch (error) {
        this.files[preset] = null;
        if (!this.words) throw error;
        this.words.textContent = `This preset could not be loaded: ${error.message}`;
      } finally {
        this.box.removeAttribute("aria-busy");
      }
    }

    build() {
      const options = this.about.presets.map(([name], n) => element("option", { value: n }, name));
      this.menu = element("select", { id: `${this.id}-preset` }, ...options);
      this.menu.value = this.asked;
      this.menu.addEventListener("change", () => this.choose(Number(this.menu.value)));
      const reset = element("button", { type: "button", title: "Back to the preset's values" }, "Reset");
      reset.addEventListener("click", () => this.reset());
      const title = element("strong", {}, this.about.title);
      const label = element("label", { for: this.menu.id }, "preset ");
      const head = element("div", { class: "mm-head" }, title, element("span", {}, label, this.menu), reset);
      this.sliders = element("div", { class: "mm-sliders" });
      this.words = element("p", { class: "mm-words", role: "status" });
      this.panels = element("div", { class: "mm-panels", role: "group", "aria-label": "plots" });
      this.box.append(head, this.sliders, this.words, this.panels);
      this.box.classList.add("mm-screen");
      this.box.setAttribute("role", "group");
      this.box.setAttribute("aria-label", this.about.title);
      this.picture?.classList.add("mm-replaced");
    }

    begin(file) {
      this.file = file;
      this.last = file.sliders[0];
      this.sliders.replaceChildren();
      const tabs = new Map();
      for (const slider of file.sliders) {
        const id = `${this.id}-${slider.name}`;
        const range = { type: "range", id, min: 0, max: slider.values.length - 1, step: 1, title: slider.about };
        slider.range = element("input", range);
        slider.value = element("span", { class: "mm-value", "aria-hidden": "true" });
        slider.range.addEventListener("input", () => this.moved(slider));
        if (!tabs.has(slider.tab)) tabs.set(slider.tab, this.tab(slider.tab, tabs.size));
        const label = element("label", { for: id }, slider.label);
        tabs.get(slider.tab).append(element("div", { class: "mm-slider" }, label, slider.range, slider.value));
      }
      const two = () => element("div", { class: "mm-panel" }, element("div"), element("div"));
      this.panels.replaceChildren(...this.last.layers.map(two));
      this.reset();
    }

    tab(name, n) {
      if (!name) return this.sliders;
      const rows = element("div", { class: "mm-sliders" });
      this.sliders.append(element("details", n ? {} : { open: "" }, element("summary", {}, name), rows));
      return rows;
    }

    reset() {
      for (const slider of this.file.sliders) this.put(slider, slider.start);
      this.draw();
    }

    put(slider, position) {
      slider.range.value = position;
      const number = `${slider.values[position]}`.replaceAll("-", "−"); // a hyphen is not read as minus
      const value = `${number} ${slider.unit.replace(/\^\{(.+?)\}/, "^($1)")}`.trim();
      slider.range.setAttribute("aria-valuetext", value);
      slider.value.textContent = value;
    }

    moved(slider) {
      this.put(slider, slider.range.valueAsNumber);
      this.frame ??= requestAnimationFrame(() => {
        this.frame = null;
        this.draw();
      });
    }

    draw() {
      const wrong = (is) => (this.panels.classList.toggle("mm-wrong", is), this.panels.setAttribute("aria-disabled", is));
      const moved = this.file.sliders.filter((slider) => slider.range.valueAsNumber !== slider.start);
      wrong(moved.length > 1);
      if (moved.length > 1) return this.offer(moved);
      const slider = (this.last = moved[0] ?? this.last), position = slider.range.valueAsNumber;
      const [words, ...names] = slider.words[position].map((n) => this.file.texts[n]);
      this.words.textContent = words;
      slider.decoded ??= decoded(this.file.octets, slider);
      [...this.panels.children].forEach((panel, n) => this.drawPanel(panel, n, slider, position, names));
      wrong(!names.length);
    }

    drawPanel(panel, n, slider, position, names) {
      const [still, changing] = panel.children, layer = `${this.asked} ${slider.layers[n]}`;
      if (panel.dataset.layer !== layer) {
        panel.dataset.layer = layer;
        const [below, above] = this.file.layers[slider.layers[n]].map((svg) => svg.replaceAll("§", `${this.id}-${n}-`));
        still.innerHTML = below;
        const title = still.firstElementChild.getAttribute("aria-labelledby");
        const keys = element("div", { class: "mm-keys" });
        changing.replaceChildren(element("div", { class: "mm-title", id: title }), keys);
        changing.insertAdjacentHTML("beforeend", above);
      }
      const [title, keys, svg] = changing.children;
      svg.querySelectorAll("path").forEach((path, m) => {
        const data = pathData(slider.decoded[n][m][position]);
        if (path.getAttribute("d") !== data) path.setAttribute("d", data);
      });
      if (!names.length) return; // something is wrong there: the words say what
      title.innerHTML = names[2 * n];
      if (keys.drawn !== names[2 * n + 1]) keys.drawn = keys.innerHTML = names[2 * n + 1];
    }

    offer(moved) {
      const { lines, repl, presets } = this.about;
      const set = moved.map(({ name, values, range }) => `${name}=${values[range.valueAsNumber]}`).join(", ");
      const preset = JSON.stringify(presets[this.asked][0]);
      const code = `${lines}\nexplorer.choose(${preset})\nexplorer.set(${set})\nexplorer`;
      this.words.textContent = "From here on it needs a kernel: without one, this page moves one slider at a time. ";
      if (!repl) return this.words.append("Reset, or run this chapter.");
      const href = `${repl}?kernel=python&toolbar=1&code=${encodeURIComponent(code)}`;
      const link = { class: "mm-make", href, target: "_blank", rel: "noopener" };
      this.words.append(element("a", link, "Make it live with these values"));
    }
  }

  if (!window.DecompressionStream || !window.IntersectionObserver) return;
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        target.moving.choose(target.moving.about.preset).catch(() => target.replaceChildren());
      }
    },
    { rootMargin: "600px" },
  );
  // While the page is still being parsed: scripts that come after it (icons, formulas) take seconds of a phone.
  let number = 0;
  const found = () => {
    for (const box of document.querySelectorAll(".mm-moving")) {
      if (box.moving) continue;
      box.moving = new Moving(box, number++);
      near.observe(box);
    }
  };
  const parsed = new MutationObserver(found);
  parsed.observe(document, { childList: true, subtree: true });
  addEventListener("DOMContentLoaded", () => (parsed.disconnect(), found()));
  found();
})();
