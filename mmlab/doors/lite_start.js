// What a reader is told while Python starts in the browser, and how they take their work home.
(() => {
    const {first, megabytes, seconds, measured} = document.currentScript.dataset, KEPT = "mmlab: seconds to start";
    const address = new URL(location), started = performance.now(), in_lab = /\/lab\//.test(address.pathname);
    if (in_lab && !address.searchParams.has("path")) {
        address.searchParams.set("path", first);
        history.replaceState(null, "", address);
    }

    const app = () => window.jupyterapp;
    const is_idle = () => [...(app()?.shell?.widgets?.("main") ?? [app()?.shell?.currentWidget])].some(
        widget => widget?.sessionContext?.isReady && widget.sessionContext.session?.kernel?.status == "idle");

    const style = document.createElement("style");
    style.textContent = `
        #mm-start {position: fixed; left: 50%; bottom: 36px; transform: translateX(-50%); z-index: 20000;
            box-sizing: border-box; width: min(640px, 94vw); padding: 8px 14px; border-radius: 4px;
            background: #1f3b57; color: #fff; font: 14px/1.4 system-ui, sans-serif; box-shadow: 0 1px 6px #0008}
        #mm-start:empty {display: none}
        #mm-work {position: fixed; top: 3px; right: 6px; z-index: 9000; padding: 2px 10px; border: 1px solid #1f3b57;
            border-radius: 3px; background: #1f3b57; color: #fff; font: 13px/1.4 system-ui, sans-serif; cursor: pointer}
        @media (max-width: 760px) {#mm-work {top: auto; bottom: 28px}}`;
    const line = document.createElement("div");
    line.id = "mm-start";
    line.setAttribute("role", "status");
    const tell = (words, seconds) => {
        line.textContent = words;
        if (seconds) setTimeout(() => line.textContent == words && (line.textContent = ""), 1000 * seconds);
    };
    const waiting = () => {
        const passed = Math.round((performance.now() - started) / 1000);
        if (is_idle()) {
            localStorage.setItem(KEPT, passed);
            return tell(`Python is ready, after ${passed} seconds.`, 4);
        }
        const before = localStorage.getItem(KEPT);
        tell(`Python is starting in your browser. ` + (before ? `Last time that took ${before} seconds here.` :
            `The first time it loads ${megabytes} MB and takes about ${seconds} (measured ${measured}).`) +
            ` So far: ${passed - passed % 5} seconds. You can read on meanwhile.`);
        setTimeout(waiting, 250);
    };

    // A file belongs to the reader if it is not as old as the one that was published, or was never published.
    const changed = async folder => {
        const contents = app().serviceManager.contents;
        const answer = await fetch(new URL(`../api/contents/${folder ? folder + "/" : ""}all.json`, location));
        const published = new Map(answer.ok ? (await answer.json()).content.map(one => [one.path, one.last_modified]) : []);
        const found = [];
        for (const one of (await contents.get(folder, {content: true})).content)
            if (one.type == "directory") found.push(...await changed(one.path));
            else if (published.get(one.path) != one.last_modified) found.push(await contents.get(one.path, {content: true}));
        return found;
    };
    const bytes_of = ({format, content}) => format == "base64"
        ? Uint8Array.from(atob(content), letter => letter.charCodeAt(0))
        : new TextEncoder().encode(typeof content == "string" ? content : JSON.stringify(content, null, 1));

    const crc32 = bytes => {
        let crc = -1;
        for (const byte of bytes) {
            crc ^= byte;
            for (let bit = 0; bit < 8; bit++) crc = crc >>> 1 ^ (crc & 1 && 0xEDB88320);
        }
        return ~crc >>> 0;
    };
    // An archive of files as they are: each after its own header, and once more all headers, with where the files are.
    const zip = files => {
        const parts = [], directory = [];
        let at = 0;
        for (const {path, bytes} of files) {
            const name = new TextEncoder().encode(path), header = new DataView(new ArrayBuffer(26));
            header.setUint16(0, 20, true);
            header.setUint16(2, 0x800, true);  // names in UTF-8
            header.setUint16(8, 0x21, true);  // 1 January 1980
            header.setUint32(10, crc32(bytes), true);
            header.setUint32(14, bytes.length, true);
            header.setUint32(18, bytes.length, true);
            header.setUint16(22, name.length, true);
            const place = new DataView(new ArrayBuffer(14));
            place.setUint32(10, at, true);
            parts.push("PK\x03\x04", header, name, bytes);
            directory.push("PK\x01\x02\x14\x00", header, place, name);
            at += 30 + name.length + bytes.length;
        }
        const end = new DataView(new ArrayBuffer(18));
        for (const offset of [4, 6]) end.setUint16(offset, files.length, true);
        end.setUint32(8, new Blob(directory).size, true);
        end.setUint32(12, at, true);
        return new Blob([...parts, ...directory, "PK\x05\x06", end], {type: "application/zip"});
    };
    const download = async () => {
        await app().commands.execute("docmanager:save-all");
        const files = (await changed("")).map(file => ({path: file.path, bytes: bytes_of(file)}));
        if (!files.length) return tell("Nothing to take home yet: no file of yours has been saved.", 6);
        const link = document.createElement("a");
        link.href = URL.createObjectURL(zip(files));
        link.download = "mmlab-work.zip";
        link.click();
        tell(`Downloaded: ${files.map(file => file.path).join(", ")}.`, 6);
    };

    addEventListener("DOMContentLoaded", () => {
        document.head.append(style);
        document.body.append(line);
        waiting();
        if (!in_lab) return;
        const button = document.createElement("button");
        button.id = "mm-work";
        button.textContent = "Download my work";
        button.title = "All files that you have changed or made, as one ZIP: they are kept in this browser alone";
        button.addEventListener("click", () => download().catch(error => tell(`The download failed: ${error.message}`, 10)));
        document.body.append(button);
    });
})();
