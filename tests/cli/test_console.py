"""Words of files and tools cannot move the cursor."""

from __future__ import annotations

import io

from rich.table import Table

from climbdc.cli._console import SafeConsole

_HOSTILE = "age\x1b]52;c;ZXZpbA==\x07\x1b[2J\u009b31m\u202e years"


def printed(*objects: object, color: bool = False) -> str:
    file = io.StringIO()
    SafeConsole(file=file, force_terminal=color, width=200).print(*objects, markup=False)
    return file.getvalue()


def test_text_and_tables_are_written_out() -> None:
    table = Table("column")
    table.add_row(_HOSTILE)
    assert "\\x1b[2J" in printed(_HOSTILE) and "\\u202e" in printed(_HOSTILE)
    for text in (printed(_HOSTILE), printed(table)):
        assert not {"\x1b", "\x07", "\u009b", "\u202e"} & set(text)


def test_the_consoles_own_colours_stay() -> None:
    file = io.StringIO()
    SafeConsole(file=file, force_terminal=True, color_system="standard").print("[bold]told[/bold]", "tab\there\nand on")
    assert "\x1b[1mtold" in file.getvalue() and "\nand on" in file.getvalue()
