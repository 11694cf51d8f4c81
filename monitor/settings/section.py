"""What tables of the settings have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator

from monitor.settings.values import HeaderName, Text, Variable, exactly_one


class Section(BaseModel):
    """One table of the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class SecretHeader(Section):
    """A header whose value is read where the worker runs."""

    name: HeaderName
    value_env: Variable | None = None
    value_file: Text | None = None

    @model_validator(mode="after")
    def _one_source(self) -> SecretHeader:
        exactly_one(value_env=self.value_env, value_file=self.value_file)
        return self
