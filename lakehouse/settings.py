"""One validated settings object: what differs between machines and environments, and nothing else.

Every setting is an environment variable with the prefix ``LAKEHOUSE_``; a file ``.env`` in the
project's folder is read as if it had been exported, real variables winning. Secrets have no
default and no other way in. Nothing is read at import: :func:`load_settings` reads, once, when a
program starts.
"""

import re
from pathlib import Path
from typing import Literal, Self
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lakehouse.errors import SettingsError, explain
from lakehouse.layers import Layer

__all__ = ["Settings", "find_project", "load_settings"]

_PROJECT_MARK = "workspace.yaml"
_KEY_LENGTH = 32  # characters: 128 bits even as hex digits


class Settings(BaseSettings):
    """Where a lake lives and how it speaks to the outside. Immutable.

    ``var`` holds everything that is made and not committed: ``var/lake/ENV/LAYER/TABLE`` the Delta
    tables, ``var/bucket/ENV`` the files as they came, ``var/logs/ENV`` the log lines.
    """

    model_config = SettingsConfigDict(
        env_prefix="LAKEHOUSE_", frozen=True, extra="ignore", env_file_encoding="utf-8"
    )

    project: Path
    environment: str = Field(default="dev", pattern=r"^[a-z][a-z0-9_]{0,30}$")
    var: Path = Path("var")
    datasets: str = Field(default="assets", pattern=r"^[A-Za-z_][\w.]*$")
    spark_profile: str = Field(default="local", pattern=r"^[a-z][a-z0-9_-]{0,30}$")
    jars: Path | None = None
    pseudonym_key: SecretStr | None = None
    erasure_key: SecretStr | None = None
    company_timezone: str = "UTC"
    feeds: dict[str, str] = Field(default={})
    source_databases: dict[str, SecretStr] = Field(default={})

    smtp_host: str | None = None
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = False
    mail_from: str = "lakehouse@localhost"
    alert_mail_to: str | None = None
    alert_webhook: SecretStr | None = None
    letter_to: str | None = None

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    minimum_free_gib: float = Field(default=2.0, ge=0)
    ui_port: int = Field(default=3000, ge=1, le=65535)

    collector_host: str = "127.0.0.1"
    collector_port: int = Field(default=3080, ge=0, le=65535)
    collector_keys: SecretStr | None = None
    collector_keys_file: Path | None = None
    collector_origins: str | None = None
    collector_requests_per_second: float = Field(default=1000.0, gt=0)
    collector_rotate_minutes: int = Field(default=60, ge=1, le=1440)
    collector_rotate_mib: float = Field(default=128.0, gt=0)

    @field_validator("pseudonym_key", "erasure_key")
    @classmethod
    def _long_enough(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < _KEY_LENGTH:
            message = f"must have at least {_KEY_LENGTH} characters; make one with `openssl rand -hex 32`"
            raise ValueError(message)
        return key

    @field_validator("feeds")
    @classmethod
    def _folders(cls, feeds: dict[str, str]) -> dict[str, str]:
        for name in (*feeds, *feeds.values()):
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                message = f'{name!r} names no folder; write {{"shop": "shop_changes"}}, for example'
                raise ValueError(message)
        return feeds

    @field_validator("company_timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in available_timezones():
            message = f"there is no time zone {name}; one is Europe/Berlin, for example"
            raise ValueError(message)
        return name

    @model_validator(mode="after")
    def _alert_has_a_sender(self) -> Self:
        for name in ("alert_mail_to", "letter_to"):
            if getattr(self, name) and not self.smtp_host:
                message = f"{name} needs smtp_host: a mail cannot be sent without a server"
                raise ValueError(message)
        return self

    @property
    def var_dir(self) -> Path:
        """``var``, absolute."""
        return self.var if self.var.is_absolute() else self.project / self.var

    @property
    def lake_dir(self) -> Path:
        """The folder of this environment's tables."""
        return self.var_dir / "lake" / self.environment

    @property
    def bucket_dir(self) -> Path:
        """The folder of this environment's files as they came."""
        return self.var_dir / "bucket" / self.environment

    @property
    def captures_dir(self) -> Path:
        """Where this environment's captures of changes remember how far they are, a folder each."""
        return self.var_dir / "capture" / self.environment

    @property
    def log_dir(self) -> Path:
        """The folder of this environment's structured log lines."""
        return self.var_dir / "logs" / self.environment

    @property
    def dagster_home(self) -> Path:
        """Where Dagster keeps its history for this environment."""
        return self.var_dir / "dagster" / self.environment

    @property
    def spark_conf_dir(self) -> Path:
        """The folder of Spark's own configuration for this profile."""
        return self.project / "spark-conf" / self.spark_profile

    def table_dir(self, layer: Layer, name: str) -> Path:
        """The folder of one Delta table."""
        return self.lake_dir / layer.value / name

    def require_pseudonym_key(self) -> str:
        """The key of the pseudonyms, or a :class:`SettingsError` that says how to make one."""
        if self.pseudonym_key is None:
            raise SettingsError(
                explain(
                    "the key for pseudonyms is not set",
                    where="LAKEHOUSE_PSEUDONYM_KEY",
                    expected="a secret of at least 32 characters",
                    found="nothing",
                    remedy="run `make setup`, or export the output of `openssl rand -hex 32`",
                )
            )
        return self.pseudonym_key.get_secret_value()

    def require_erasure_key(self) -> str:
        """The key of the list of the erased: its own where one is set, else that of the pseudonyms."""
        if self.erasure_key is not None:
            return self.erasure_key.get_secret_value()
        return self.require_pseudonym_key()


def find_project(start: Path | None = None) -> Path:
    """The nearest folder at or above ``start`` (default: the working folder) with a workspace."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / _PROJECT_MARK).is_file():
            return folder
    raise SettingsError(
        explain(
            "this is not inside a lakehouse project",
            where=str(here),
            expected=f"a {_PROJECT_MARK} in this folder or one above it",
            remedy="change into the project's folder, or set LAKEHOUSE_PROJECT",
        )
    )


def load_settings(project: Path | None = None, **overrides: object) -> Settings:
    """Read the settings once, from the environment and the project's ``.env``.

    Raises :class:`SettingsError` with every mistake at once, one line each.
    """
    import os

    folder = project or (
        Path(os.environ["LAKEHOUSE_PROJECT"]).resolve()
        if os.environ.get("LAKEHOUSE_PROJECT")
        else find_project()
    )
    try:
        return Settings(_env_file=folder / ".env", project=folder, **overrides)  # type: ignore[call-arg, arg-type]
    except ValidationError as error:
        lines = [
            f"  LAKEHOUSE_{'.'.join(str(part) for part in problem['loc']).upper() or '*'}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError("the settings are not valid:\n" + "\n".join(lines)) from None
