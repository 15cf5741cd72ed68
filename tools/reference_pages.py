"""The reference pages of the documentation, made from the code: commands, passes, operators, dialects.

    python -m tools.reference_pages build/reference    # writes them
    mkdocs build                                       # has them in the site, as a hook of mkdocs

As a hook it also lets pages of docs/ link to files beside that folder: results of benchmarks and the tour of
the dialects become pages of the site, other files are named without a link.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# mkdocs runs hooks by their path: neither the project nor its dialects need be installed.
sys.path[:0] = [str(ROOT), str(ROOT / "dialects")]

from he_dialects.universe import DIALECTS  # noqa: E402
from he_dialects.universe import PASSES as DIALECT_PASSES  # noqa: E402

from tools.dialect_pages import dialect_index, dialect_page, docstring_markdown  # noqa: E402

TOUR = "dialects/README.md"
COPIED = {TOUR: "dialects-tour.md"}
"""Files outside of docs/ that are pages of the site, with their places there; results of benchmarks too."""


def pages() -> dict[str, str]:
    """All reference pages: Markdown by path under ``reference/``."""
    return {
        "commands.md": commands_page(),
        "passes.md": passes_page(),
        "mlir-passes.md": mlir_passes_page(),
        "operators.md": operators_page(),
        "python.md": python_page(),
        "dialects/index.md": dialect_index(),
        **{f"dialects/{name}.md": dialect_page(name) for name in DIALECTS},
    }


def commands_page() -> str:
    """Every option of every command, from their parsers."""
    from hetorch_heir.cli import export_options, run, run_apart

    lines = ["# Commands", ""]
    parsers = [export_options.make_parser(), run.make_parser()]
    parsers += [run_apart.make_parser(command) for command in run_apart.COMMANDS]
    for parser in parsers:
        lines += [f"## {parser.prog}", "", f"{parser.description or ''}", ""]
        for group in parser._action_groups:
            rows = list(_option_rows(group))
            if rows:
                lines += [f"### {parser.prog}: {group.title}", "", "| option | |", "|---|---|", *rows, ""]
        if parser.epilog:
            lines += [f"    {parser.epilog}", ""]
    lines += [
        "## hetorch-opt",
        "",
        "xdsl-opt with all [dialects](dialects/index.md) and [passes](mlir-passes.md) of this project:",
        "",
        "    hetorch-opt -p 'convert-hetorch-to-ckks' program.mlir",
        "",
    ]
    return "\n".join(lines)


def _option_rows(group: argparse._ArgumentGroup) -> Iterator[str]:
    for action in group._group_actions:
        if action.help == argparse.SUPPRESS:
            continue
        names = ", ".join(f"`{name}`" for name in action.option_strings) or f"`{action.dest}`"
        value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else "")
        value = " ".join(value) if isinstance(value, tuple) else value
        about = _escaped((action.help or "").replace("%(default)s", str(action.default)))
        takes = f" {_escaped(value)}" if action.option_strings and value else ""
        yield f"| {names}{takes} | {about} |"


def passes_page() -> str:
    """Every pass over graphs, with its options and its before and after."""
    from hetorch_heir.passes.catalogue import describe_passes

    described, _ = describe_passes()
    lines = [
        "# Passes over graphs",
        "",
        "The passes of `--pipeline` and `PassPipeline`, as `hetorch-export --explain PASS` tells of them.",
        "",
    ]
    for one in described:
        lines += [f"## `{one.name}`", "", f"`{one.class_name}`", "", *docstring_markdown(one.documentation)]
        if one.options:
            lines += ["", "| option | type | default |", "|---|---|---|"]
            lines += [
                f"| `{option.name}` | {_escaped(option.type)} | {_default(option.default)} |"
                for option in one.options
            ]
        for title, values in (("Needs", one.requires), ("Provides", one.provides), ("For", one.schemes)):
            if values:
                lines += ["", f"{title}: {', '.join(f'`{value}`' for value in values)}"]
        lines.append("")
    return "\n".join(lines)


def _default(value: str | None) -> str:
    return "must be given" if value is None else f"`{_escaped(value)}`"


def mlir_passes_page() -> str:
    """Every pass over MLIR, with its options."""
    from hetorch_heir.conversions.universe import PASSES

    lines = [
        "# Passes over MLIR",
        "",
        "The passes of `hetorch-opt -p`, and of xdsl-opt where this is installed.",
        "",
    ]
    loaders: dict[str, Callable[[], Any]] = {**PASSES, **DIALECT_PASSES}
    for name, load in loaders.items():
        found = load()
        module = sys.modules[found.__module__]
        lines += [f"## `{name}`", "", *docstring_markdown(_documentation(module)), ""]
        own = _documentation(found)
        if own and not own.startswith(f"{found.__name__}("):
            lines += [*docstring_markdown(own), ""]
        options = [one for one in fields(found) if one.init]
        if options:
            lines += ["| option | type | default |", "|---|---|---|"]
            lines += [
                f"| `{one.name}` | `{_escaped(str(one.type))}` |"
                f" {'must be given' if one.default is MISSING else f'`{_escaped(repr(one.default))}`'} |"
                for one in options
            ]
            lines.append("")
    return "\n".join(lines)


def operators_page() -> str:
    """Every operator of torch that models can have, and what becomes of it."""
    from hetorch_heir.frontend.operator_table import described_operators, refused_operators

    lines = [
        "# Operators of torch",
        "",
        "What models can be made of. Modules and functions are captured as these ATen operators; others are",
        "decomposed into them where torch can do that.",
        "",
        "| operator | becomes | |",
        "|---|---|---|",
    ]
    for one in described_operators():
        lines.append(f"| `{one.name}` | {_escaped(', '.join(one.forms))} | {_escaped(one.note)} |")
    lines += ["", "## Refused", "", "| operator | what to do instead |", "|---|---|"]
    lines += [f"| `{name}` | {_escaped(hint)} |" for name, hint in refused_operators().items()]
    return "\n".join(lines) + "\n"


def python_page() -> str:
    """The functions and options of the Python API."""
    import hetorch_heir
    from hetorch_heir.export.compilation import ParameterOptions
    from hetorch_heir.export.options import CompileOptions

    lines = ["# Python", ""]
    for name in hetorch_heir.__all__:
        found = getattr(hetorch_heir, name)
        lines += [f"## `hetorch_heir.{name}`", "", *docstring_markdown(_documentation(found)), ""]
    for found in (CompileOptions, ParameterOptions):
        lines += [f"## Options: `{found.__name__}`", "", *docstring_markdown(_documentation(found)), ""]
    return "\n".join(lines)


def _documentation(thing: Any) -> str:
    import inspect

    return inspect.getdoc(thing) or ""


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


# What mkdocs calls.


def on_config(config: Any) -> Any:
    """Lists the pages of the dialects in the navigation."""
    for section in config.nav:
        for entry in section.get("Reference", []):
            if isinstance(entry, dict) and "Dialects" in entry:
                entry["Dialects"] = ["reference/dialects/index.md"]
                entry["Dialects"] += [{name: f"reference/dialects/{name}.md"} for name in DIALECTS]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Adds the reference pages, and those from outside of docs/."""
    from mkdocs.structure.files import File

    made = {f"reference/{path}": text for path, text in pages().items()}
    made |= {place: (ROOT / path).read_text() for path, place in COPIED.items()}
    for result in sorted((ROOT / "benchmarks" / "results").glob("*.md")):
        made[f"benchmarks/{result.name}"] = result.read_text()
    for path, text in made.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Lets links lead to pages of the site, where there is one, and nowhere where there is none."""
    here = page.file.src_uri

    def link(match: re.Match[str]) -> str:
        text, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        path, _, anchor = target.partition("#")
        place = _place_in_site(path, here)
        if files.get_file_from_path(place) is None:
            return text if text.startswith("`") else f"`{text}`"
        up = "../" * here.count("/")
        return f"[{text}]({up}{place}{f'#{anchor}' if anchor else ''})"

    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", link, markdown)


def _place_in_site(path: str, here: str) -> str:
    """Where a link that works in the repository leads in the site."""
    if here.startswith("reference/"):
        return _normal(Path(here).parent / path)
    original = {place: source for source, place in COPIED.items()}.get(here)
    folder = Path(original).parent if original else Path("docs") / Path(here).parent
    if here.startswith("benchmarks/"):
        folder = Path("benchmarks/results")
    place = _normal(folder / path)
    place = COPIED.get(place, place)
    if place.startswith("benchmarks/results/"):
        return place.replace("benchmarks/results/", "benchmarks/", 1)
    return place.removeprefix("docs/")


def _normal(path: Path) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            del parts[-1:]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="where to write the pages")
    folder: Path = parser.parse_args().folder
    for path, text in pages().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


if __name__ == "__main__":
    main()
