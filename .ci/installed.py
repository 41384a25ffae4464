"""What an installed wheel has to do where there is no checkout: chapters, their texts, the shipped day, the report."""

import pkgutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import mmbook

import mmlab
from mmlab import MarketMakingConfig, MarketMakingMonitor, simulate, write_report
from mmlab.market import read_lobster
from mmlab.market.synthetic_day import SHIPPED
from mmlab.teach import check, hint

for package in (mmlab, mmbook):
    assert Path(sys.prefix) in Path(package.__file__).parents, f"{package.__file__} is not what was installed"

chapters = [module.name for module in pkgutil.iter_modules(mmbook.__path__) if module.name.startswith("ch")]
for chapter in chapters:
    import_module(f"mmbook.{chapter}")
assert len(chapters) >= 12, chapters

assert check("neutral-spread", lambda k: 2 / k), check("neutral-spread", lambda k: 2 / k)
assert "Not yet" in str(check("neutral-spread", lambda k: 1 / k))
assert str(hint("neutral-spread")).startswith("Hint 1 of")

assert len(read_lobster(SHIPPED).time) > 1000

config = MarketMakingConfig()
monitor = MarketMakingMonitor(config)
monitor.monitor(None, simulate(config.make_desk(), config.make_market().tape(1, 200, seed=3)))
with tempfile.TemporaryDirectory() as folder:
    for file in write_report(Path(folder) / "day.html", monitor):
        assert file.stat().st_size > 1000, file

print(f"mmlab {mmlab.__version__}: {len(chapters)} chapters, a check, the shipped day, a report")
