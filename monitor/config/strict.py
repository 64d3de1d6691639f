"""What all models of the configuration have in common: no unknown keys, no change, no value in an error."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema


class Strict(BaseModel):
    """A mapping with these keys and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ShortForm(Strict):
    """A mapping that may also be written as just one of its texts."""

    short_key: ClassVar[str]
    short_description: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        return cls.expand(value) if isinstance(value, str) else value

    @classmethod
    def expand(cls, text: str) -> Any:
        """The mapping that a text stands for."""
        return {cls.short_key: text}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "description": cls.short_description}, handler(core)]}
