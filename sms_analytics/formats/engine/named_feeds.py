"""Where a program names the connection in a line of its log: `smsc=telia1`, `"system_id": "telia1"`."""

from typing import Final

#: In front of a name: the beginning, a blank, a bracket, a quote.
NAMED: Final = r"(?i)(?:^|[\s\[({,\"'])"
FEED: Final = rf"{NAMED}(?:smsc|smsc_id|cid|system_id|bind|connector|feed)[\"']?\s*[:=]\s*[\"']?([A-Za-z0-9_.\-]+)"
