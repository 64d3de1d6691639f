"""Whether what rules and channels say about telling fits together: who can be reached, and ever is.

Names of channels that point nowhere are reported by `resolve`.
"""

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence

from monitor.alerting import quiet
from monitor.config.merge import Merged
from monitor.config.nodes import Mapping, Node, Scalar, shorten
from monitor.config.problems import Report, did_you_mean
from monitor.config.resolve import entries_of
from monitor.config.schema import ChannelEntry
from monitor.model import Priority, Rule

_MAIL = ("mailto://", "mailtos://")


def check(
    merged: Merged, channels: AnyMapping[str, ChannelEntry], rules: Sequence[Rule], report: Report
) -> None:
    """Report quiet hours without an end, recipients that no mail reaches, and escalations for nothing."""
    for key, node in entries_of(merged.root.get("channels")):
        entry = channels.get(key.value)
        if entry and entry.quiet_hours and quiet.is_always([one.value() for one in entry.quiet_hours]):
            report.error(
                _place(node, "quiet_hours", key), "it would keep still for ever", "Leave it some time."
            )
    by_name = {rule.name: rule for rule in rules}
    for key, node in entries_of(merged.root.get("rules")):
        if key.value in by_name and isinstance(node, Mapping):
            _check_recipients(node, by_name[key.value], channels, report)
            _check_escalation(key, node, by_name[key.value], report)


def _check_recipients(
    node: Mapping, rule: Rule, channels: AnyMapping[str, ChannelEntry], report: Report
) -> None:
    reached = {*rule.channels, *(rule.escalate.to if rule.escalate else ())}
    for key, _ in entries_of(node.get("recipients")):
        entry = channels.get(key.value)
        if entry is None:
            hint = did_you_mean(key.value, list(channels))
            report.error(key, f"there is no channel `{shorten(key.value)}`", hint)
        elif not entry.url.lower().startswith(_MAIL):
            report.error(key, "only mail channels take recipients", "Give it a channel of its own instead.")
        elif key.value not in reached:
            report.warn(key, "the rule does not tell this channel", "Add it to the rule's `channels:`.")
        for address in rule.recipients.get(key.value, ()):
            if not _is_address(address):
                report.error(key, "not a mail address", "Write addresses such as desk@example.org.")


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(at and local and domain) and text.isprintable() and not any(c in text for c in " ,;<>")


def _check_escalation(key: Scalar, node: Mapping, rule: Rule, report: Report) -> None:
    if node.get("escalate") is not None and rule.priority is not Priority.HIGH:
        report.warn(
            _place(node, "escalate", key),
            "only alerts of high priority are escalated, and this rule's are not",
            "Set `priority: high`.",
        )


def _place(node: Node, name: str, otherwise: Scalar) -> Node:
    return (node.get(name) if isinstance(node, Mapping) else None) or otherwise
