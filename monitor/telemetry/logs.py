"""Structured logs on stderr: one line per poll, decision and attempt; secrets never.

Console lines when stderr is a terminal, JSON otherwise. The libraries' stdlib loggers go through the
same renderer, and every line through the redaction of secret values.
"""

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, TextIO

import structlog

MASK = "***"
# user:password@ and token-like query values of any address that finds its way into a line
_USERINFO = re.compile(r"(?<=://)[^/@\s?#\"']+(?=@)")
_TOKEN = re.compile(
    r"(?i)([?&](?:[\w.-]*(?:token|key|secret|password|passwd|signature)|pass|pwd|auth|sig|code)=)[^&\s\"'#]+"
)
# What a terminal obeys, what ends a line for some readers, and what shows a text backwards.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_QUIET = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "apprise": logging.ERROR,
    "apscheduler": logging.WARNING,
    "alembic": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "asyncio": logging.WARNING,
}


class Redactor:
    """Replaces secret values, credentials in addresses and control characters in every text of a line."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted((s for s in secrets if len(s) >= 4), key=len, reverse=True)

    def text(self, value: str) -> str:
        """The text as it may be shown."""
        for secret in self._secrets:
            value = value.replace(secret, MASK)
        value = _TOKEN.sub(rf"\1{MASK}", _USERINFO.sub(MASK, value))
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", value)

    def __call__(self, _logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {key: self._value(value) for key, value in event.items()}

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self._value(key): self._value(item) for key, item in value.items()}  # keys: rules, feeds
        if isinstance(value, list | tuple):
            return [self._value(item) for item in value]
        if isinstance(value, BaseException):
            return self.text(f"{type(value).__name__}: {value}")
        return value


def _framed(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """For people's eyes: the event stays one line, a traceback stands apart, whatever texts they quote.

    Other values with a line break are quoted by the renderer; JSON escapes them all.
    """
    framed = dict(event)
    framed["event"] = str(event.get("event", "")).replace("\n", "\\n")
    for key in ("exception", "stack"):
        if key in event:
            framed[key] = "\n".join(f"    | {line}" for line in str(event[key]).split("\n"))
    return framed


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; bind ids once (`feed`, `rule`, `alert`, `delivery`), then log events by short names."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def is_told(level: str) -> bool:
    """Whether lines of this level are written at all."""
    return logging.getLogger().isEnabledFor(logging.getLevelNamesMapping()[level.upper()])


def configure(
    *,
    level: str = "info",
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
    json: bool | None = None,
) -> None:
    """Send all logs to `stream` (stderr). May be called again, e.g. when a reload brings new secrets."""
    stream = stream or sys.stderr
    as_json = not stream.isatty() if json is None else json
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        Redactor(secrets),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([] if as_json else [_framed]),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, root.level))
