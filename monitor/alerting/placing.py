"""How one alert goes to one channel: at once, held, or as part of a digest; always with the reason. Pure.

A digest comes first, since it tells everything anyway; then storms; then quiet hours. Decides for a
moment: quiet hours are looked at once more when it is sent.
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from monitor.alerting import digest, quiet, storm
from monitor.alerting.storm import NOTHING, Recent
from monitor.errors import DeliveryReason
from monitor.model import Bundle, ChannelSpec, Priority


@dataclass(frozen=True, slots=True)
class Place:
    """When it goes out. `bundle` "" means by itself; `reason` tells why not at once."""

    due_at: datetime
    bundle: str = ""
    reason: DeliveryReason | None = None

    @property
    def waits(self) -> bool:
        """Whether it becomes part of a digest."""
        return bool(self.bundle)


def place(
    spec: ChannelSpec,
    priority: Priority,
    *,
    now: datetime,
    due_at: datetime,
    zone: tzinfo,
    rule: str = "",
    collect_until: datetime | None = None,
    recent: Recent = NOTHING,
) -> Place:
    """Decide about one alert, due at `due_at` (now, or after its rule's `hold`).

    `zone` is the channel's. `collect_until`: the end of the storm of its `rule` that it is part of;
    `recent`: what this channel was given of late.
    """
    urgent = priority is Priority.HIGH
    plan = spec.digest
    if plan is not None and not (urgent and plan.high_passes):
        slot = digest.slot_after(plan, max(now, due_at), zone)
        return Place(slot, Bundle.DIGEST, DeliveryReason.DIGEST)
    if collect_until is not None:
        return Place(max(due_at, collect_until), f"{Bundle.STORM}:{rule}", DeliveryReason.STORM)
    flood_until = storm.collect_until(spec.storm, recent, now=now)
    if flood_until is not None:
        return Place(max(due_at, flood_until), Bundle.STORM, DeliveryReason.STORM)
    held_until = quiet.quiet_until(spec.quiet_hours, now=max(now, due_at), zone=zone, urgent=urgent)
    if held_until is not None:
        return Place(held_until, reason=DeliveryReason.QUIET_HOURS)
    return Place(due_at)
