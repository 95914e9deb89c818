"""What goes into an image: wheels packed from what is here, and the lists of what is fetched."""

from __future__ import annotations

import ast
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions, requires, version
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import climbdc_tools
from climbdc.sandbox._code import PACKAGES
from climbdc.sandbox._image import _given
from climbdc.sandbox._wheels import SOURCE_ONLY, PackError, Target, download_wheels, pack_wheel

LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "extra": ""}
NOT_IN_AN_IMAGE = {"docker"}
HOST_ONLY = {"docker", "jinja2", "jsonschema", "platformdirs", "psutil"}
"""What functions import that start or measure a sandbox or write for plug-in authors, which nobody does inside."""
STARTS = ("climbdc.jobs", "climbdc.warm", "climbdc.cli", "climbdc.sandbox.worker._zygote", "climbdc.sandbox._code")


def listed(kind: str) -> list[str]:
    lines = _given(f"{kind}-requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def pinned() -> dict[str, str]:
    lines = _given("constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): told for name, told in pairs}


def needed(roots: Iterable[str]) -> set[str]:
    """The packages and all that they need on Linux."""
    found: set[str] = set()
    waiting: set[str] = set(roots)
    while waiting:
        name = waiting.pop()
        found.add(name)
        for line in requires(name) or []:
            one = Requirement(line)
            if one.marker is None or one.marker.evaluate(LINUX):
                waiting |= {canonicalize_name(one.name)} - found
    return found


def source(module: str) -> Path | None:
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


def imports(node: ast.AST, late: bool = False) -> Iterator[tuple[str, bool]]:
    """Each import of a module, and whether it is made only when a function runs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name, late) for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield child.module, late
            yield from ((f"{child.module}.{alias.name}", late) for alias in child.names)
        yield from imports(child, late or isinstance(child, ast.FunctionDef))


def imported_by_jobs() -> dict[str, str]:
    """Packages of others that code in the sandbox imports, early or late, each with a module that does."""
    waiting = [*STARTS, *(f"climbdc_tools.{module.name}" for module in pkgutil.iter_modules(climbdc_tools.__path__))]
    seen: set[str] = set()
    found: dict[str, str] = {}
    while waiting:
        module = waiting.pop()
        path = source(module)
        if module in seen or path is None:
            continue
        seen.add(module)
        waiting += [module.rpartition(".")[0]] if "." in module else []
        for name, late in imports(ast.parse(path.read_text(encoding="utf-8"))):
            top = name.partition(".")[0]
            if top in PACKAGES:
                # What our own functions import late is another command's or the host's, but for tools.
                waiting += [] if late and not module.startswith("climbdc_tools") else [name]
            elif top not in sys.stdlib_module_names and not (late and top in HOST_ONLY):
                found.setdefault(top, module)
    return found


def test_the_image_has_all_that_jobs_import() -> None:
    wanted = imported_by_jobs()
    assert {"pandas", "sklearn", "cleanlab", "lifelines", "pyarrow", "typer"} <= set(wanted)
    owners = packages_distributions()
    held = set(listed("sandbox"))
    missing = {
        name: by
        for name, by in wanted.items()
        if not held & {canonicalize_name(owner) for owner in owners.get(name, [])}
    }
    assert missing == {}, "name these in climbdc/sandbox/image/sandbox-requirements.txt, with what they need"


def test_the_image_has_nothing_of_the_host() -> None:
    held = set(listed("sandbox"))
    assert held & {"docker", "requests", "httpx", "openai", "gradio", "langgraph", "sqlalchemy", "pip"} == set()


def test_each_list_is_complete() -> None:
    sandbox = listed("sandbox")
    assert sandbox == sorted(needed(set(sandbox)))
    lines = [line for line in requires("climbdc") or [] if "extra" not in line or "'postgres'" in line]
    wanted = [Requirement(line) for line in lines]
    names = {name for one in wanted for name in (one.name, *(f"{one.name}-{extra}" for extra in one.extras))}
    roots = {canonicalize_name(name) for name in names}
    assert listed("web") == sorted(needed(roots - NOT_IN_AN_IMAGE) - set(sandbox))


def test_each_version_is_fixed() -> None:
    assert sorted({*listed("sandbox"), *listed("web")} - set(pinned())) == []


def test_the_versions_in_the_image_are_those_here() -> None:
    fixed = pinned()
    assert {name: version(name) for name in listed("sandbox")} == {name: fixed[name] for name in listed("sandbox")}


@pytest.mark.parametrize(("name", "packages"), [("climbdc", PACKAGES), ("autograd-gamma", ["autograd_gamma"])])
def test_a_packed_wheel_installs(name: str, packages: tuple[str, ...], tmp_path: Path) -> None:
    wheel = pack_wheel(name, packages, tmp_path)
    again = tmp_path / "again"
    again.mkdir()
    assert pack_wheel(name, packages, again).read_bytes() == wheel.read_bytes()
    target = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    done = subprocess.run([*command, "--target", str(target), str(wheel)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    held = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert {place for place in ZipFile(wheel).namelist() if "dist-info" not in place} <= held


def test_a_packed_climbdc_works(tmp_path: Path) -> None:
    ZipFile(pack_wheel("climbdc", PACKAGES, tmp_path)).extractall(tmp_path / "here")
    code = (
        "import climbdc, climbdc.jobs; from climbdc.registry import registry; from importlib.metadata import version;"
        "from climbdc.sandbox._code import code_hash;"
        "print(climbdc.__file__, version('climbdc'), len(registry()), code_hash())"
    )
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, cwd=tmp_path / "here", capture_output=True, text=True, check=True).stdout.split()
    assert Path(told[0]).is_relative_to(tmp_path)
    from climbdc.registry import registry
    from climbdc.sandbox._code import code_hash

    assert told[1:] == [version("climbdc"), str(len(registry())), code_hash()]


def test_platforms_go_from_new_to_old() -> None:
    platforms = Target("3.11", "x86_64").platforms
    assert platforms[0] == "manylinux_2_28_x86_64" and platforms[-1] == "manylinux1_x86_64"
    assert len(platforms) == len(set(platforms))


def test_wheels_for_another_system_are_fetched(tmp_path: Path) -> None:
    """The image may be for another processor than this: pyyaml has a wheel for each."""
    constraints = tmp_path / "constraints.txt"
    constraints.write_text(f"pyyaml=={version('pyyaml')}\n")
    download_wheels(["pyyaml"], constraints, Target("3.11", "aarch64"), tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    assert re.search(r"cp311-cp311-.*aarch64", wheel.name)


def test_what_cannot_be_had_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("")
    with pytest.raises(PackError, match=r"climbdc-no-such-package"):
        download_wheels(["climbdc-no-such-package"], constraints, Target("3.11", "x86_64"), tmp_path)


def test_packages_without_a_wheel_are_pure_python() -> None:
    for name, module in SOURCE_ONLY.items():
        spec = find_spec(module)
        assert name in listed("sandbox") and spec is not None and spec.submodule_search_locations
        assert not list(Path(spec.submodule_search_locations[0]).rglob("*.so"))
