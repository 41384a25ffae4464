"""What pytest need not do, which pyproject.toml names before other plugins are there: each worker would do it again.

nbval imports nbformat, that jsonschema, and that compiles a grammar of the addresses that JSON may hold, a second for
each process: it does without where the grammar is not to be had. Of the tests and what they import nothing ever goes
while they run, so that no collection of garbage has to look for it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator

import pytest
from jupyter_client.provisioning import local_provisioner

from tests import kernels

if "jsonschema" not in sys.modules:
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without looking for garbage, and never look at them again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_configure() -> None:
    """Fork the kernels of notebooks."""
    local_provisioner.launch_kernel = kernels.launched(local_provisioner.launch_kernel)


def pytest_unconfigure() -> None:
    """End what they were forked from."""
    kernels.ended()
