"""What a plug-in says of itself is held to a form, whatever it says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from climbdc.plugins import BadManifest, Manifest, read_manifests
from climbdc.registry import built_in

SPEC = built_in()["sparse_columns"].spec
BODY = {**Manifest.of(SPEC), "name": "my_tool"}


def changed(**values: Any) -> dict[str, Any]:
    return {**BODY, **values}


def test_an_ordinary_manifest_is_taken() -> None:
    (read,) = read_manifests([BODY])
    spec = read.spec()
    assert spec.name == "my_tool" and spec.schema == SPEC.schema and spec.says == SPEC.says
    assert spec.addresses == SPEC.addresses and spec.doc == SPEC.doc


@pytest.mark.parametrize("name", sorted(built_in()))
def test_our_own_tools_could_be_plug_ins(name: str) -> None:
    (read,) = read_manifests(json.loads(json.dumps([Manifest.of(built_in()[name].spec)])))
    assert read.spec() == built_in()[name].spec


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (changed(name="My Tool"), "name"),
        (changed(name="a/../b"), "name"),
        (changed(name="x" * 100), "name"),
        (changed(kind="train"), "kind"),
        (changed(addresses=[]), "addresses"),
        (changed(addresses=["<script>"]), "addresses"),
        (changed(targets=["all"]), "targets"),
        (changed(doc=""), "doc"),
        (changed(doc="x" * 10_000), "doc"),
        (changed(doc="a\x1b[2Jb"), "control characters"),
        (changed(doc="a\u202eb"), "control characters"),
        (changed(says={"a": "{columns.__class__}"}), "plain name"),
        (changed(says={"a": "{columns[0]}"}), "plain name"),
        (changed(says={"a": "{rows:>999999999}"}), "plain name"),
        (changed(says={"a": "{rows!r}"}), "plain name"),
        (changed(says={"a": "{}"}), "plain name"),
        (changed(says={"a": "{rows"}), "says"),
        (changed(says={"<b>": "x"}), "says"),
        (changed(says={f"k{n}": "x" for n in range(99)}), "says"),
        (changed(params={"type": "array"}), "params"),
        (changed(params={"type": "object", "properties": {"a": {"description": "\x07"}}}), "control characters"),
        (changed(params={"type": "object", "properties": {"a": {}}, "required": ["a"]}), "default"),
        (changed(other=1), "other"),
        ({}, "name"),
        ("text", "cannot be used"),
        (None, "cannot be used"),
    ],
)
def test_a_hostile_manifest_is_refused(body: Any, why: str) -> None:
    with pytest.raises(BadManifest, match=why):
        read_manifests([body])


@pytest.mark.parametrize("body", [None, {}, [], "x", [BODY] * 40, [BODY, BODY]])
def test_what_is_no_list_of_different_tools_is_refused(body: Any) -> None:
    with pytest.raises(BadManifest):
        read_manifests(body)


def test_far_too_much_is_refused() -> None:
    many = [
        changed(name=f"tool_{n}", doc="x" * 8000, params={"type": "object", "title": "y" * 60_000}) for n in range(9)
    ]
    with pytest.raises(BadManifest, match="far too much"):
        read_manifests(many)
