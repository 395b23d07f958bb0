"""Log lines as other programs write them on: one function per wrapper, all at a quarter past nine in Oslo."""

import json
from collections.abc import Callable
from typing import Final

_UTC: Final = "2026-03-18T08:14:01.123456789Z"
_HERE: Final = "2026-03-18T09:14:01.123456+01:00"


def _compact(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


#: The wrapper's name to what it makes of a line.
WRAPPERS: Final[dict[str, Callable[[str], str]]] = {
    "docker": lambda line: _compact({"log": f"{line}\n", "stream": "stdout", "time": _UTC}),
    "cri": lambda line: f"{_HERE} stdout F {line}",
    "compose": lambda line: f"bearerbox-1  | {line}",
    "syslog": lambda line: f"Mar 18 09:14:01 gw1 gateway[4711]: {line}",
    "syslog with a priority": lambda line: f"<134>Mar  8 09:14:01 gw1 gateway: {line}",
    "syslog of 5424": lambda line: f'<134>1 {_UTC} gw1 gateway 4711 - [meta seq="1"] {line}',
    "syslog with ISO times": lambda line: f"{_HERE} gw1 gateway[4711]: {line}",
    "journal": lambda line: f"Wed 2026-03-18 09:14:01 CET gw1 gateway[4711]: {line}",
    "journal as JSON": lambda line: _compact({"MESSAGE": line, "_PID": "4711", "__REALTIME_TIMESTAMP": "1773821641123456"}),
    "logstash": lambda line: _compact({"@timestamp": "2026-03-18T08:14:01.123Z", "@version": "1", "message": line, "host": "gw1"}),
    "filebeat": lambda line: _compact({"@timestamp": "2026-03-18T08:14:01.123Z", "agent": {"type": "filebeat"}, "message": line}),
    "log service": lambda line: _compact({"timestamp": 1773821641123, "message": line, "ingestionTime": 1773821642000}),
    "log query": lambda line: _compact({"@timestamp": "2026-03-18 08:14:01.123", "@message": line}),
    "docker around syslog": lambda line: _compact({"log": f"<134>1 {_UTC} gw1 gateway 4711 - - {line}\n", "stream": "stderr", "time": _UTC}),
}
