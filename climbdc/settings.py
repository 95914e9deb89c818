"""Settings: environment variables `CLIMBDC_*`, then `climbdc.toml` in the working folder; secrets also from files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, Self

from platformdirs import user_data_path
from pydantic import Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from climbdc.errors import InputError

__all__ = ["Settings"]

SECRETS = ("database_url", "database_password", "openai_api_key")
"""`CLIMBDC_DATABASE_PASSWORD_FILE` names a file that holds `CLIMBDC_DATABASE_PASSWORD`, and so with each of these."""


class Settings(BaseSettings):
    """Where things lie and how they run.

    >>> Settings(sandbox="landlock").sandbox
    'landlock'
    """

    model_config = SettingsConfigDict(env_prefix="CLIMBDC_", toml_file="climbdc.toml", extra="ignore")

    data_dir: Path = Field(default_factory=lambda: user_data_path("climbdc"))
    """Folder of the store."""
    database_url: str = Field(default="", repr=False)
    """A database other than the SQLite file in `data_dir`, such as `postgresql+psycopg://climbdc@db/climbdc`."""
    database_password: SecretStr | None = None
    """Password of the database's user, where the URL has none."""
    openai_api_key: SecretStr | None = None
    """Key of the model's server that is named, whatever it is; where it is not set, `OPENAI_API_KEY` goes to public
    servers by https, and to no others."""
    model: str = ""
    """Name of the language model for `--policy llm`."""
    base_url: str = ""
    """Of its server, such as `http://127.0.0.1:8790/v1`; that of OpenAI when empty."""
    disclosure: Literal["metadata", "aggregates", "values"] = "aggregates"
    """What a model may see: names and types; counts and shares under disclosure control; values after consent."""
    model_mode: Literal["auto", "schema", "json", "text"] = "auto"
    """How answers are held to their form: strict JSON schema, JSON mode, or by reading text; `auto` finds out."""
    model_timeout: float = Field(default=120, gt=0)
    """Seconds without a byte from the model after which a call is given up."""
    model_tokens: int = Field(default=400_000, ge=1)
    """Tokens, sent and received, that one session may use; then the rules go on alone."""
    model_price_in: float = Field(default=0, ge=0)
    """Price of a million tokens sent, in whatever currency; for the cost meter."""
    model_price_out: float = Field(default=0, ge=0)
    """Price of a million tokens received."""
    sandbox: Literal["auto", "docker", "bubblewrap", "landlock"] = "auto"
    evaluations: bool = True
    """Whether the slow evaluations run at the end of a session; without them it is over sooner and says less."""
    sandbox_socket: Path | None = None
    """Unix socket of a sandbox service (`climbdc sandbox serve`), used in place of a Docker engine of one's own."""
    knowledge_dir: Path | None = None
    """Folder of YAML files that extend or replace entries of the clinical knowledge pack."""
    taxonomy_dir: Path | None = None
    """Folder of `<dimension>.yaml` files that extend or replace challenges of the taxonomy."""
    max_upload_mb: int = Field(default=2048, ge=1)
    """Largest upload to the page, in MiB."""
    max_sessions: int = Field(default=200, ge=1)
    """Sessions that one account may own."""
    requests_per_minute: int = Field(default=1200, ge=10)
    """What one person's browsers may ask of the page in a minute, files of the page itself not counted."""
    login_idle_minutes: float = Field(default=60, gt=0)
    """Minutes without doing anything after which one is logged out."""
    login_hours: float = Field(default=12, gt=0)
    """Hours after which one is logged out in any case."""

    def export(self) -> None:
        """Name the folders of one's own in the environment, where packages that know no settings look for them."""
        for variable, folder in {"KNOWLEDGE": self.knowledge_dir, "TAXONOMY": self.taxonomy_dir}.items():
            if folder is not None:
                os.environ[f"CLIMBDC_{variable}_DIR"] = str(folder.absolute())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then files of secrets, then the TOML file."""
        return init_settings, env_settings, _SecretFiles(settings_cls), TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="after")
    def _put_the_password_into_the_url(self) -> Self:
        if self.database_password is not None and self.database_url:
            from sqlalchemy import make_url
            from sqlalchemy.exc import ArgumentError

            try:
                url = make_url(self.database_url)
            except ArgumentError:
                return self  # whoever opens it will say so
            if url.password is None:
                url = url.set(password=self.database_password.get_secret_value())
                self.database_url = url.render_as_string(hide_password=False)
        return self


class _SecretFiles(PydanticBaseSettingsSource):
    """Secrets as containers are given them: in files that a variable names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """What the file holds, without the line's end; None where none is named.

        Raises:
            InputError: The file cannot be read, or the secret is also given by a variable.
        """
        variable = f"CLIMBDC_{field_name.upper()}"
        path = os.environ.get(f"{variable}_FILE") if field_name in SECRETS else None
        if not path:
            return None, field_name, False
        if os.environ.get(variable):
            raise InputError(f"{variable} and {variable}_FILE are both set.", fix="Keep one of them.")
        try:
            return Path(path).read_text(encoding="utf-8").strip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"The file that {variable}_FILE names cannot be read: {error}.",
                fix="See that it is there and readable.",
            ) from error

    def __call__(self) -> dict[str, Any]:
        """All secrets that files hold."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}
