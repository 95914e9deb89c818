"""Importing a plug-in from memory. For the inside of the sandbox only: this runs code that nobody trusts."""

from __future__ import annotations

import importlib
import io
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.resources.abc import Traversable, TraversableResources
from types import ModuleType
from typing import Any

from climbdc.errors import ToolError
from climbdc.plugins._code import PluginCode
from climbdc.sdk import Tool

__all__ = ["load_tools"]

_PLACE = "<plug-in>/"


class _Resources(TraversableResources):
    """Data files of a package in memory."""

    def __init__(self, files: Mapping[str, bytes], folder: str) -> None:
        self._files = files
        self._folder = folder

    def files(self) -> Traversable:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, body in self._files.items():
                archive.writestr(name, body)
        return zipfile.Path(zipfile.ZipFile(packed), f"{self._folder}/")


class _Loader(SourceLoader):
    """Reads sources from memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def get_filename(self, fullname: str) -> str:
        return _PLACE + (_file_of(fullname, self._files) or "")

    def get_data(self, path: bytes | str) -> bytes:
        name = str(path).removeprefix(_PLACE)
        if name not in self._files:
            raise OSError(f"the plug-in has no file {name}")
        return self._files[name]

    def get_resource_reader(self, fullname: str) -> TraversableResources:
        return _Resources(self._files, fullname.replace(".", "/"))


class _Finder(MetaPathFinder):
    """Finds the modules of one plug-in, before any of that name that is installed."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._loader = _Loader(files)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        file = _file_of(fullname, self._files)
        inside = fullname.replace(".", "/")
        if file is None and not any(name.startswith(f"{inside}/") for name in self._files):
            return None
        package = file is None or file.endswith("/__init__.py")
        spec = ModuleSpec(fullname, None if file is None else self._loader, origin=file, is_package=package)
        if package:
            spec.submodule_search_locations = [f"{_PLACE}{inside}"]
        spec.has_location = file is not None
        spec.origin = None if file is None else _PLACE + file
        return spec


def _file_of(module: str, files: Mapping[str, bytes]) -> str | None:
    inside = module.replace(".", "/")
    return next((name for name in (f"{inside}/__init__.py", f"{inside}.py") if name in files), None)


def load_tools(code: PluginCode) -> list[type[Tool[Any]]]:
    """Import a plug-in and give its tools, by name.

    Raises:
        ToolError: It cannot be imported, or holds no tool; the message says why.
    """
    if code.module in sys.modules:
        raise ToolError(f"A module {code.module!r} is in use already.", fix="Give the plug-in's another name.")
    sys.meta_path.insert(0, _Finder(code.files))
    name, _, attribute = code.entry.partition(":")
    try:
        found: Any = importlib.import_module(name)
        for part in filter(None, attribute.split(".")):
            found = getattr(found, part)
        tools = {tool.spec.name: tool for tool in _tools_in(found)}
    except SyntaxError as error:
        place = f"{str(error.filename or name).removeprefix(_PLACE)}, line {error.lineno}"
        raise ToolError(f"It is not Python: {place}: {error.msg}.", code="syntax") from error
    except MemoryError:
        raise  # a limit, which the sandbox tells
    except Exception as error:
        raise ToolError(f"It cannot be imported: {type(error).__name__}: {error}", code="import") from error
    if not tools:
        raise ToolError(
            f"There is no tool in {code.entry!r}.",
            fix="A tool is a class with one of the decorators @inspect, @transform and @evaluate.",
            code="no-tool",
        )
    return [tools[name] for name in sorted(tools)]


def _tools_in(found: Any) -> Iterable[type[Tool[Any]]]:
    """The tools that an entry point stands for: a class, a function that gives some, a list, or a module."""
    if isinstance(found, ModuleType):
        given: Callable[[], Any] | None = getattr(found, "tools", None)
        own = [member for member in vars(found).values() if _is_tool(member) and member.__module__ == found.__name__]
        return _tools_in(given) if callable(given) else own
    if _is_tool(found):
        return [found]
    if callable(found):
        return _tools_in(list(found()))
    return [member for member in found if _is_tool(member)]


def _is_tool(member: Any) -> bool:
    return isinstance(member, type) and issubclass(member, Tool) and "spec" in vars(member)
