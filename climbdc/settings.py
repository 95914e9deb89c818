"""Settings: environment variables `CLIMBDC_*`, then `climbdc.toml` in the working folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Where things lie and how they run.

    >>> Settings(sandbox="landlock").sandbox
    'landlock'
    """

    model_config = SettingsConfigDict(env_prefix="CLIMBDC_", toml_file="climbdc.toml", extra="ignore")

    data_dir: Path = Field(default_factory=lambda: user_data_path("climbdc"))
    """Folder of the store."""
    database_url: str = ""
    """A database other than the SQLite file in `data_dir`."""
    sandbox: Literal["auto", "docker", "bubblewrap", "landlock"] = "auto"
    sandbox_socket: Path | None = None
    """Unix socket of a sandbox service (`climbdc sandbox serve`), used in place of a Docker engine of one's own."""
    knowledge_dir: Path | None = None
    """Folder of YAML files that extend or replace entries of the clinical knowledge pack."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
