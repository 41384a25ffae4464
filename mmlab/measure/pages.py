"""Pages from templates: the files of the folder beside this one, filled with what a writer gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mmlab.table import markdown, minus


def from_template(
    name: str, room: str = "mmlab.measure", filters: Mapping[str, Callable[..., Any]] | None = None, **values: Any
) -> str:
    """Fill the template of that name in a room's `templates/`; a page of HTML shows what it is given without markup.

    In a template of Markdown the filter ``markdown`` does the same, and ``n`` writes a number as people write it.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    how: dict[str, Any] = dict.fromkeys(("trim_blocks", "lstrip_blocks", "keep_trailing_newline"), True)
    how |= {"loader": PackageLoader(room), "autoescape": select_autoescape(["html.j2"])}
    environment = Environment(undefined=StrictUndefined, **how)
    environment.filters |= {"markdown": markdown, "n": lambda number: minus(f"{number:,.6g}"), **(filters or {})}
    return environment.get_template(name).render(values)
