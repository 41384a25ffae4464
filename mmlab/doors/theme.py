"""How the pages look and behave: what Sphinx is told, and what is done to each page; Sphinx calls `setup`."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

STATIC = Path(__file__).with_name("static")


def settings(repository: str, words: dict[str, str], lite: bool, pdf: str) -> dict[str, Any]:
    """Return Sphinx's configuration.

    Parameters
    ----------
    repository : str
        Where the repository is published; "" leaves out the buttons that need it.
    words : dict
        The pictures' words, by the name that myst-nb gives a picture: the SHA-256 of its bytes.
    lite : bool
        Whether the workbook that runs in a browser lies beside the pages, in lite/.
    pdf : str
        Name of the whole book's PDF beside the pages; "" if there is none.
    """
    theme = {
        "repository_url": repository,
        "use_repository_button": bool(repository),
        "use_download_button": False,  # it would give the page's source as Sphinx has it, not the notebook
        "navbar_persistent": [],  # the search has its place above the contents
        "show_toc_level": 2,
    }
    return {
        "project": "mmlab",
        "author": "The mmlab authors",
        "copyright": "The mmlab authors: text and pictures CC BY 4.0, code BSD 3-Clause",
        "language": "en",
        "extensions": ["myst_nb", __name__],
        "html_theme": "sphinx_book_theme",
        "html_theme_options": theme,
        "html_title": "mmlab: a workbook on market making",
        "html_favicon": str(STATIC / "icon.svg"),
        "html_context": {"default_mode": "auto"},
        "html_static_path": [str(STATIC), "_static"],
        "html_css_files": ["book.css", "inks.css", "moving.css"],
        "html_js_files": [("moving.js", {"async": "async"}), ("book.js", {"defer": "defer"})],
        "html_copy_source": False,
        "html_show_sphinx": False,
        "html_use_index": False,
        "nb_execution_mode": "off",
        "nb_merge_streams": True,
        "nb_render_markdown_format": "myst",  # the plainer ones know no tables
        "myst_enable_extensions": ["dollarmath", "amsmath", "deflist", "colon_fence", "attrs_inline", "attrs_block"],
        "myst_heading_anchors": 4,
        "mathjax_path": "mathjax/tex-chtml.js",
        # Its menu would load what is not here, and is one more stop of the Tab key at each formula.
        "mathjax3_config": {"options": {"enableMenu": False}},
        "mmlab_words": words,
        "mmlab_repository": repository,
        "mmlab_lite": lite,
        "mmlab_pdf": pdf,
    }


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx what is done to each page."""
    for name, kind in (("mmlab_words", dict), ("mmlab_repository", str), ("mmlab_lite", bool), ("mmlab_pdf", str)):
        app.add_config_value(name, kind(), "env", kind)
    app.connect("doctree-read", give_words)
    app.connect("doctree-read", leave_formulas_as_written)
    app.connect("html-page-context", add_buttons, priority=600)  # when the theme has made its own
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def give_words(app: Any, doctree: Any) -> None:
    """Give each picture the words that its output carries: myst-nb itself does not read them."""
    from docutils import nodes

    for picture in doctree.findall(nodes.image):
        picture["alt"] = app.config.mmlab_words.get(PurePosixPath(picture["uri"]).stem, picture.get("alt", ""))


def leave_formulas_as_written(app: Any, doctree: Any) -> None:
    r"""Keep Sphinx from putting a displayed formula into an environment in which \tag is not allowed."""
    from docutils import nodes

    for formula in doctree.findall(nodes.math_block):
        if not formula.get("number") and not formula.get("nowrap"):
            formula["nowrap"] = formula["no-wrap"] = True
            formula.children = [nodes.Text(rf"\[{formula.astext()}\]")]


def add_buttons(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Add what a reader can start or take home from a chapter's page."""
    if not Path(app.srcdir, f"{pagename}.ipynb").exists():
        return
    up, names = "../" * pagename.count("/"), {"lite": "In this browser", "binder": "Binder", "colab": "Colab"}
    ways = doors(app.config.mmlab_repository, app.config.mmlab_lite, f"notebooks/{pagename}.ipynb", up)
    live = [(names[name], url) for name, url in ways.items()]
    home = [("Notebook (.ipynb)", f"{up}{pagename}.ipynb"), ("Text (.md)", f"{up}{pagename}.md")]
    if app.config.mmlab_pdf:
        home.append(("Whole book (.pdf)", f"{up}{app.config.mmlab_pdf}"))
    for what, icon, links in (("Download", "download", home), ("Run this chapter", "rocket", live)):
        if links:
            rows = [{"type": "link", "text": text, "url": url} for text, url in links]
            group = {"type": "group", "tooltip": what, "icon": f"fas fa-{icon}", "label": icon, "buttons": rows}
            context["header_buttons"].insert(0, group)


def doors(repository: str, lite: bool, notebook: str = "notebooks/00_start_here.ipynb", up: str = "") -> dict[str, str]:
    """Return where a notebook runs, by name: as links of a page from which the site's folder is `up`."""
    found = {"lite": f"{up}lite/lab/index.html?path={quote(notebook)}"} if lite else {}
    if repository:
        name = repository.removeprefix("https://github.com/")
        found["binder"] = f"https://mybinder.org/v2/gh/{name}/main?urlpath=lab/tree/{quote(notebook)}"
        found["colab"] = f"https://colab.research.google.com/github/{name}/blob/main/{quote(notebook)}"
    return found
