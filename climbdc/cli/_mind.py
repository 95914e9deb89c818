"""Whether a language model thinks along, as the command line says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from climbdc.cli._options import PolicyName

if TYPE_CHECKING:
    import typer

__all__ = ["with_model"]


def with_model(context: typer.Context, policy: PolicyName) -> bool:
    """Whether the model that is named is for this session: what the environment names in general is not for rules.

    Raises:
        InputError: The command line says something of a model, and not that one is to think along.
    """
    from climbdc.errors import InputError

    if policy is PolicyName.llm:
        return True
    said = [name for name in ("model", "base_url", "disclosure") if _on_the_command_line(context, name)]
    if said:
        several = len(said) > 1
        raise InputError(
            f"{' and '.join('--' + name.replace('_', '-') for name in said)} came without --policy llm, and the rules "
            f"alone have no use for {'them' if several else 'it'}.",
            fix=f"Add --policy llm, or leave {'them' if several else 'it'} out.",
            code="model-without-policy",
        )
    return False


def _on_the_command_line(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
