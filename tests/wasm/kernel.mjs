// node kernel.mjs JOB.json : the cells of each notebook in CPython for 32-bit WebAssembly, as a kernel in a browser has it.
// The job names the folder of pyodide.mjs, the folders of packages to mount, and each notebook's cells; one line of
// JSON a notebook says what failed, and in which cell.
import fs from "fs";
import path from "path";
import { pathToFileURL } from "url";

const job = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const { loadPyodide } = await import(pathToFileURL(path.join(job.core, "pyodide.mjs")));
const py = await loadPyodide({ indexURL: job.core + path.sep, stdout: () => {}, stderr: () => {} });
for (const [name, folder] of Object.entries(job.mounts)) {
  py.FS.mkdirTree(`/mounted/${name}`);
  py.FS.mount(py.FS.filesystems.NODEFS, { root: folder }, `/mounted/${name}`);
}
await py.runPythonAsync(`
import json, os, sys, time
from types import ModuleType
sys.dont_write_bytecode = True
sys.path += ["/mounted", "/mounted/wheels"]
sys.modules["resource"] = ModuleType("resource")  # a kernel in a browser has an empty one
os.environ["MPLBACKEND"] = "agg"
import comm
from comm.base_comm import BaseComm
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

class Quiet(BaseComm):
    def publish_msg(self, *arguments, **named):
        pass

comm.create_comm = Quiet
shell = InteractiveShell.instance()
shell.display_pub = CapturingDisplayPublisher(parent=shell)

def run(cells):
    shell.reset(new_session=True)
    start, failed = time.perf_counter(), []
    for number, cell in enumerate(json.loads(cells)):
        done = shell.run_cell(cell, store_history=True)
        if not done.success:
            failed.append([number, repr(done.error_in_exec or done.error_before_exec)[:500]])
    return json.dumps({"seconds": round(time.perf_counter() - start, 1), "failed": failed})
`);
const run = py.globals.get("run");
for (const [name, cells] of Object.entries(job.notebooks)) {
  const said = JSON.parse(run(JSON.stringify(cells)));
  console.log(JSON.stringify({ name, ...said, megabytes: Math.round(py._module.HEAP8.length / 2 ** 20) }));
}
process.exit(0);
