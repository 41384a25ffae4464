// What a reader's eyes would measure of an explorer: `root` is its element with the class mm-screen.
window.screen_of = (() => {
    const visible = element => element.checkVisibility({visibilityProperty: true}) && element.getClientRects().length > 0;
    const all = (root, selector) => [...root.querySelectorAll(selector)].filter(visible);
    const drawn = (root, selector) => all(root, selector).filter(element => !element.closest("defs, clipPath"));
    const apart = (a, b) =>
        a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
    const name = element =>
        `${element.tagName.toLowerCase()}.${element.getAttribute("class") || ""} “${element.textContent.trim().slice(0, 40)}”`;
    const pairs = (some, wrong) =>
        some.flatMap((a, i) => some.slice(i + 1).filter(b => wrong(a, b)).map(b => `${name(a)} and ${name(b)}`));

    // Elements that hold letters themselves, in SVG or not.
    const lettered = root =>
        all(root, "*").filter(element =>
            !element.closest("defs, style, select") &&
            [...element.childNodes].some(node => node.nodeType == Node.TEXT_NODE && node.textContent.trim()));
    const height_of_letters = element => {
        const size = parseFloat(getComputedStyle(element).fontSize);
        const matrix = element.getScreenCTM?.();
        return matrix ? size * Math.hypot(matrix.a, matrix.b) : size; // .d is 0 where a label is turned
    };

    // Colours, with what shines through them.
    const rgba = text => {
        if (!text || text == "none" || text == "transparent") return [0, 0, 0, 0];
        const numbers = (text.match(/[\d.]+(?:e-?\d+)?/g) || []).map(Number);
        const scale = text.startsWith("color(") ? 255 : 1;
        return [...numbers.slice(0, 3).map(x => x * scale), numbers[3] ?? 1];
    };
    const over = ([r, g, b, alpha], below) => [r, g, b].map((x, i) => alpha * x + (1 - alpha) * below[i]);
    const ground = element => {
        const layers = [];
        for (let one = element; one; one = one.parentElement) layers.push(rgba(getComputedStyle(one).backgroundColor));
        return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
    };
    const opacity = element => {
        let product = 1;
        for (let one = element; one; one = one.parentElement) product *= parseFloat(getComputedStyle(one).opacity);
        return product;
    };
    const luminance = colour => {
        const [r, g, b] = colour.map(x => x / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (element, paint, alpha) => {
        const below = ground(element), colour = rgba(paint);
        const [light, dark] = [luminance(over([...colour.slice(0, 3), colour[3] * alpha * opacity(element)], below)),
                               luminance(below)].sort((a, b) => b - a);
        return (light + 0.05) / (dark + 0.05);
    };
    const of_text = element => {
        const style = getComputedStyle(element);
        return element instanceof SVGElement
            ? contrast(element, style.fill, parseFloat(style.fillOpacity)) : contrast(element, style.color, 1);
    };
    // A mark's look is that of what it refers to, where that has one of its own.
    const stroke_of = element => {
        const referred = element.tagName == "use" && document.getElementById(element.getAttribute("xlink:href")?.slice(1));
        const own = referred && /stroke:/.test(referred.getAttribute("style") || "") ? referred : element;
        const style = getComputedStyle(own);
        return {paint: style.stroke, alpha: parseFloat(style.strokeOpacity), text: own.getAttribute("style") || "",
                width: parseFloat(style.strokeWidth)};
    };
    const faint = (elements, ratio, least) => [...new Set(elements.filter(e => ratio(e) < least)
        .map(e => `${ratio(e).toFixed(2)}: ${name(e)} ${(e.getAttribute("style") || "").slice(0, 90)}`))];

    return {
        height: root => root.closest(".jp-OutputArea-output").getBoundingClientRect().height,
        // Whose content is wider than their place: of the explorer's own, and of all that it lies in.
        scrolling: root => {
            const around = [];
            for (let one = root; one && one != document.body; one = one.parentElement) around.push(one);
            const own = all(root, ".mm-panels, .mm-panel, .mm-words, .mm-title, .widget-hbox, .widget-gridbox, .widget-tab");
            return [...around, ...own].filter(element => element.scrollWidth > element.clientWidth + 1 && element.clientWidth)
                .map(name);
        },
        outside: root => drawn(root, "svg text").filter(text => {
            const [a, b] = [text.getBoundingClientRect(), text.closest("svg").getBoundingClientRect()];
            return a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1 || a.bottom > b.bottom + 1;
        }).map(name),
        small: (root, least, where) => lettered(root).filter(element => element.closest(where))
            .map(element => [height_of_letters(element), element]).filter(([size]) => size < least - 0.01)
            .map(([size, element]) => `${size.toFixed(1)} px: ${name(element)}`),
        overlapping: root => {
            const boxes = (a, b) => !apart(a.getBoundingClientRect(), b.getBoundingClientRect());
            const titles = all(root, ".mm-panel").flatMap(panel => all(panel, ".mm-title").flatMap(title =>
                drawn(panel, "svg text").filter(text => boxes(title, text)).map(text => `${name(title)} and ${name(text)}`)));
            return [...pairs(all(root, ".mm-panel"), boxes), ...titles];
        },
        widths_of_panels: root => all(root, ".mm-panel").map(panel => panel.getBoundingClientRect().width),
        // Menus whose longest entry is wider than the room that the menu leaves for it.
        cut: root => all(root, "select").filter(menu => {
            const style = getComputedStyle(menu), pen = document.createElement("canvas").getContext("2d");
            pen.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
            const room = menu.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
            return Math.max(...[...menu.options].map(option => pen.measureText(option.text).width)) > room;
        }).map(name),
        faint_text: root => faint([...lettered(root), ...all(root, "input, select")], of_text, 4.5),
        // The grid is faint on purpose.
        faint_lines: root => faint(
            drawn(root, "svg :is(path, line, polyline, rect, use)").filter(element => {
                const {paint, text, width} = stroke_of(element);
                return paint != "none" && width > 0 && !text.includes("--mm-grid");
            }),
            element => contrast(element, stroke_of(element).paint, stroke_of(element).alpha), 3),
    };
})();
