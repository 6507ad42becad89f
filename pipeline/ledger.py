"""When a link that gave no picture may be asked for again."""

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S

# Classes that may heal, and how long to leave them alone. Files of rights are read anew after a
# day (RFC 9309 2.4); what the part had no time or bytes for may be asked at once.
HEALS_S = {
    "dns": HOUR_S,
    "connect": HOUR_S,
    "tls": DAY_S,
    "timeout": HOUR_S,
    "http_429": HOUR_S,
    "http_5xx": HOUR_S,
    "protocol": DAY_S,
    "truncated": HOUR_S,
    "decode_failed": DAY_S,
    "robots_unreachable": DAY_S,
    "deadline": 0.0,
    "part_bytes": 0.0,
}


def next_try_s(dropped: str | None, wait_s: float | None) -> float | None:
    """Seconds after which asking again may help; None where it never will.

    `wait_s` is what the host asked for; a date counts as a day, and nobody waits longer than one.
    """
    heals_s = HEALS_S.get(dropped or "")
    if heals_s is None:
        return None
    return max(heals_s, min(wait_s or 0.0, DAY_S))
