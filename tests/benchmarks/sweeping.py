"""What a sweep adds to its function: overhead, processor time of all workers, memory at the caller, work done twice."""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import psutil

from mmlab import sweep
from tests.simulation import swept

PEAK = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
from mmlab import sweep
from tests.simulation import swept
if __name__ == "__main__":
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = sweep(swept.series, {"x": range(10_000)}, executor=pool, store=sys.argv[1])
    assert not found.failed
    print(int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]))
"""
KILLED = """
import sys
from mmlab import sweep
from tests.simulation import swept
sweep(swept.noted, {"x": range(200), "folder": sys.argv[1], "wait": 0.01}, store=sys.argv[1] + "/store")
"""


def pool():
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


def processor_time(work):
    """Of this process and its children, while they do some work [s]; and the time on the clock [s]."""
    processes = [psutil.Process(), *psutil.Process().children()]
    used, start = sum(sum(each.cpu_times()[:2]) for each in processes), time.perf_counter()
    work()
    return sum(sum(each.cpu_times()[:2]) for each in processes) - used, time.perf_counter() - start


def started(program, folder):
    path = Path(folder) / "program.py"
    path.write_text(program)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen([sys.executable, path, folder], env=environment, stdout=subprocess.PIPE, text=True)


def sweep_costs(say):
    """Overhead of settings that do nothing, processor time of those that compute, memory, and what a kill repeats."""
    heavy = {"risk_aversion": np.linspace(0.05, 0.5, 60), "n_steps": 3000}
    with pool() as executor:
        sweep(swept.exact, {"risk_aversion": np.linspace(0.6, 0.9, 8)}, executor=executor)  # imports, off the clock
        nothing = {"n": np.zeros(10_000, int)}
        used, taken = processor_time(lambda: sweep(swept.day_of_numbers, nothing, executor=executor))
        say("overhead of a setting on 2 processes, ms on the clock", f"{taken / 10:.3f}", "at most 2")
        say("   ms of all processors", f"{used / 10:.3f}")
        sent = [{"n": 0}] * 200
        _, one = processor_time(lambda: [executor.submit(swept.day_of_numbers, **each).result() for each in sent])
        say("   for scale: a future alone, there and back, ms", f"{one * 5:.3f}")
        with tempfile.TemporaryDirectory() as folder:
            _, kept = processor_time(lambda: sweep(swept.day_of_numbers, nothing, executor=executor, store=folder))
        say("   the same with a store, ms on the clock", f"{kept / 10:.3f}", "at most 2")
        spread, clock = processor_time(lambda: sweep(swept.exact, heavy, executor=executor))
    alone, serial = processor_time(lambda: sweep(swept.exact, heavy))
    say("a setting that computes, alone, ms of the processor", f"{alone / 60 * 1e3:.0f}", "at least 50")
    say("   processors of 2 workers and caller, over serial", f"{spread / alone:.2f}", "at most 1.15")
    say("   time on the clock, serial over 2 workers", f"{serial / clock:.2f}")
    with tempfile.TemporaryDirectory() as folder:
        peak, _ = started(PEAK, folder).communicate()
        say("10,000 settings of 100 numbers each, MB at the caller", f"{int(peak) / 1e3:.0f}", "at most 300")
    with tempfile.TemporaryDirectory() as folder:
        run = started(KILLED, folder)
        while len(swept.calls(folder)) < 50:
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
        run.wait()
        _, resumed = processor_time(
            lambda: sweep(swept.noted, {"x": range(200), "folder": folder, "wait": 0.01}, store=folder + "/store")
        )
        say("killed after a quarter: settings done twice", len(swept.calls(folder)) - 200, "at most 1")
        say("   seconds to do the rest", f"{resumed:.2f}")
