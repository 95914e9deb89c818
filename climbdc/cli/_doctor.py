"""`doctor`: what works here, and the command that mends what does not."""

from __future__ import annotations

import json
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import typer

from climbdc.cli import _options as o
from climbdc.cli._app import app, console

PACKAGES = ("langgraph", "openai", "pandas", "scikit-learn", "cleanlab", "missingno", "gradio", "sqlalchemy", "docker")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def examine(data_dir: Any = None) -> list[dict[str, Any]]:
    """Every check as {name, ok, detail, mend}."""
    packages = [name for name in PACKAGES if name != "docker" or not _beside_a_service()]
    return [_python(), *map(_package, packages), *_plugins(), *_sandboxes(), _store(data_dir), _postgres(), *_models(),
            _browser()]  # fmt: skip


def _row(name: str, ok: bool, detail: str, mend: str = "") -> dict[str, Any]:
    return {"name": name, "ok": ok, "detail": detail, "mend": "" if ok else mend}


def _python() -> dict[str, Any]:
    return _row("python", sys.version_info >= (3, 11), platform.python_version(), "Install Python 3.11 or newer.")


def _package(name: str) -> dict[str, Any]:
    try:
        return _row(f"package {name}", True, version(name))
    except PackageNotFoundError:
        return _row(f"package {name}", False, "not installed", f"pip install {name}")


def _beside_a_service() -> bool:
    """Whether tools run in a service, as in a container, where nobody needs a client for Docker."""
    from climbdc.settings import Settings

    return Settings().sandbox_socket is not None


def _plugins() -> list[dict[str, Any]]:
    """Tools of other people: where each comes from, and why one is not used."""
    from climbdc.registry import registry

    tools = registry()
    used = [
        _row(f"plug-in {tool.spec.name}", True, f"{tool.origin} {tool.source}")
        for tool in tools.values()
        if tool.origin != "built-in"
    ]
    mend = "Mend it, or take it away: `climbdc tools remove NAME`, or `pip uninstall` for a package."
    return used + [_row(f"plug-in {item.name}", False, f"{item.source}: {item.reason}", mend) for item in tools.broken]


def _sandboxes() -> list[dict[str, Any]]:
    from climbdc.sandbox import SandboxUnavailable, available_backends, open_sandbox, self_test

    rows = [_row(f"sandbox {item.name}", item.ok, item.detail, item.mend) for item in available_backends()]
    try:
        with open_sandbox("auto", handler="climbdc.jobs:handle") as opened:
            tested = self_test(opened)
            failed = [check.name for check in tested.checks if not check.ok]
            detail = f"{tested.name}: {len(tested.checks)} checks" + (
                f", failed: {', '.join(failed)}" if failed else ""
            )
            return [*rows, _row("sandbox self-test", tested.ok, detail, "See `climbdc doctor --json`.")]
    except SandboxUnavailable as error:
        return [*rows, _row("sandbox self-test", False, error.message, error.fix)]


def _store(data_dir: Any) -> dict[str, Any]:
    from climbdc.errors import StoreError
    from climbdc.settings import Settings
    from climbdc.store import Store, where

    settings = Settings()
    folder = data_dir or settings.data_dir
    try:
        store = Store(folder, settings.database_url)
    except StoreError as error:
        return _row("store", False, error.message, error.fix)
    store.close()
    return _row("store", True, f"{folder}, database {where(store.engine)}" if settings.database_url else str(folder))


def _postgres() -> dict[str, Any]:
    from climbdc.settings import Settings

    wanted = Settings().database_url.startswith("postgres")
    try:
        return _row("postgresql", True, f"psycopg {version('psycopg')}" if wanted else "not used")
    except PackageNotFoundError:
        return _row("postgresql", False, "psycopg is not installed", "pip install 'climbdc[postgres]'")


def _models() -> list[dict[str, Any]]:
    from climbdc.models.serve import model_checks
    from climbdc.settings import Settings

    return model_checks(Settings())


def _browser() -> dict[str, Any]:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return _row(
        "browser", found is not None, found or "none found; only browser tests need one", "apt-get install chromium"
    )


@app.command()
def doctor(data_dir: o.DataDir = None, as_json: o.Json = False) -> None:
    """What is installed and works here, and what mends the rest."""
    rows = examine(data_dir)
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        mark = "[green]ok[/green]  " if row["ok"] else "[yellow]no[/yellow]  "
        console.print(f"{mark}{row['name']}: {row['detail']}", highlight=False)
        if row["mend"]:
            console.print(f"    {row['mend']}", markup=False, highlight=False)
