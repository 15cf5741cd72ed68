"""Extensions by name: what comes with this package, and what installed distributions declare.

A distribution declares an extension as an entry point, which is read without importing anything:

    [project.entry-points."hetorch_heir.passes"]
    my-pass = "my_package.passes:MyPass"

Extensions are imported when they are used, so that a broken one disturbs only those who name it.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import hetorch_heir
from hetorch_heir.core.errors import HETorchError
from hetorch_heir.plugins.errors import PluginError

OWN_DISTRIBUTION = "hetorch-heir"


@dataclass(frozen=True)
class Extension:
    """Something that has a name and is imported when it is used.

    Args:
        kind: what it is, as a word for messages: "pass", "backend" …
        name: what users call it.
        target: where it is, ``package.module:attribute``.
        distribution: the installed distribution that declares it.
        version: of the distribution.
    """

    kind: str
    name: str
    target: str
    distribution: str = OWN_DISTRIBUTION
    version: str = hetorch_heir.__version__

    @property
    def is_builtin(self) -> bool:
        return self.distribution == OWN_DISTRIBUTION

    @property
    def origin(self) -> str:
        """The distribution with its version, for messages."""
        return f"{self.distribution} {self.version}"

    def load(self) -> Any:
        """The object itself.

        Raises:
            PluginError: its module can't be imported, or has no such attribute.
        """
        module_name, _, attributes = self.target.partition(":")
        try:
            found: Any = importlib.import_module(module_name)
            for attribute in attributes.split("."):
                found = getattr(found, attribute)
        except Exception as error:  # a stranger's module may raise anything
            if self.is_builtin:
                raise
            raise self.refusal(f"can't be loaded: {type(error).__name__}: {error}") from error
        return found

    def call(self, *arguments: Any) -> Any:
        """Load the object and call it.

        Raises:
            PluginError: it can't be loaded, or raises what isn't meant for users.
        """
        function = self.load()
        with self.blamed():
            return function(*arguments)

    @contextmanager
    def blamed(self) -> Generator[None]:
        """Code of another distribution: what goes wrong in it is that distribution's fault.

        Raises:
            PluginError: for any error that isn't meant for users.
        """
        try:
            yield
        except HETorchError:
            raise
        except Exception as error:
            if self.is_builtin:
                raise
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{os.path.basename(last.filename)}:{last.lineno}"
            raise self.refusal(f"fails: {type(error).__name__}: {error} ({place})") from error

    def refusal(self, what: str) -> PluginError:
        """The error that the extension is not usable; ``what`` goes on after its name and distribution."""
        hint = f"reinstall or repair {self.distribution}, or uninstall it: pip uninstall {self.distribution}"
        return PluginError(
            f"the {self.kind} '{self.name}' of {self.origin} {what}", where=self.target, hint=hint
        )


@dataclass(frozen=True)
class ExtensionPoint:
    """One kind of extension.

    Args:
        kind: a word for messages: "pass".
        plural: the same for several: "passes".
        group: the group of entry points.
        builtin: the extensions of this package, targets by name, in the order in which they are listed.
    """

    kind: str
    plural: str
    group: str
    builtin: Callable[[], Mapping[str, str]]

    def __iter__(self) -> Iterator[str]:
        """The names, those of this package first."""
        return iter(self.names())

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.name for one in self.declared()))

    def extensions(self) -> tuple[Extension, ...]:
        """All of them.

        Raises:
            PluginError: two have the same name.
        """
        return tuple(self._the_only(name) for name in self.names())

    def find(self, name: str) -> Extension | None:
        """The extension of that name, if there is one.

        Raises:
            PluginError: there are two.
        """
        return self._the_only(name) if name in self.names() else None

    def advice(self, name: str) -> str:
        """What to tell somebody who has asked for a name that does not exist."""
        within = [one for one in self.names() if len(name) > 2 and name.lower() in one]
        near = list(dict.fromkeys([*within, *difflib.get_close_matches(name.lower(), self.names())]))[:3]
        guess = f"did you mean {' or '.join(near)}? " if near else ""
        return f"{guess}the {self.plural} are: {', '.join(self.names())}"

    def _the_only(self, name: str) -> Extension:
        first, *others = [one for one in self.declared() if one.name == name]
        if others:
            raise PluginError(
                f"there are two {self.plural} named '{name}': one of {first.origin}, and one of"
                f" {others[0].origin}",
                hint=f"uninstall what you don't need, for example: pip uninstall {others[0].distribution}",
            )
        return first

    def declared(self) -> list[Extension]:
        """All that are declared, those of one name too."""
        own = [Extension(self.kind, name, target) for name, target in self.builtin().items()]
        installed = [self._from(entry) for entry in _installed(self.group, tuple(sys.path))]
        return own + list(dict.fromkeys(installed))

    def _from(self, entry: EntryPoint) -> Extension:
        distribution = entry.dist
        name, version = ("?", "?") if distribution is None else (distribution.name, distribution.version)
        return Extension(self.kind, entry.name, entry.value.partition("[")[0].strip(), name, version)


@lru_cache(maxsize=32)
def _installed(group: str, path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """The entry points of a group, by name; ``path`` is where distributions are looked for."""
    return tuple(sorted(entry_points(group=group), key=lambda one: one.name))
