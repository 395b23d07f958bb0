"""Is a `--where` text one plain SQL condition on columns of `messages`? DuckDB itself parses it; nothing is guessed from the text.

Everything that is not named here as allowed is refused: subqueries, window functions, parameters, and every function that reads files, settings or
the wall clock. The same database must give the same answer tomorrow.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import duckdb

from sms_analytics.database.schemas import MESSAGE_COLUMNS
from sms_analytics.errors import UsageError

#: Kinds of expression, in DuckDB's words, that a condition is made of.
_ALLOWED: Final = frozenset(
    {"BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "OPERATOR", "TYPE"}
)

#: What people call the kinds that are refused.
_REFUSED: Final = {"SUBQUERY": "subqueries", "WINDOW": "window functions", "STAR": "`*`", "PARAMETER": "parameters", "LAMBDA": "lambda functions"}

#: Functions by the name under which DuckDB's parser files them; operators, LIKE, INTERVAL and AT TIME ZONE are functions to it.
_FUNCTIONS: Final = frozenset(
    [
        *("+", "-", "*", "/", "//", "%", "||", "^@", "~~", "!~~", "~~*", "!~~*", "~~~"),
        *("like_escape", "not_like_escape", "ilike_escape", "not_ilike_escape", "regexp_matches", "regexp_full_match"),
        *("starts_with", "ends_with", "prefix", "suffix", "contains", "position", "strpos", "instr", "list_value", "list_contains"),
        *("lower", "upper", "lcase", "ucase", "length", "len", "strlen", "trim", "ltrim", "rtrim", "left", "right", "substr", "substring", "replace"),
        *("concat", "split_part", "nullif", "ifnull", "if", "least", "greatest", "abs", "round", "floor", "ceil", "trunc"),
        *("to_seconds", "to_minutes", "to_hours", "to_days", "to_weeks", "to_months", "to_years", "timezone", "make_date", "make_timestamp"),
        *("date_part", "datepart", "date_trunc", "datetrunc", "date_diff", "datediff", "epoch", "epoch_ms", "last_day", "strftime"),
        *("year", "quarter", "month", "week", "day", "hour", "minute", "second", "weekday", "dayofweek", "isodow", "dayofyear"),
    ]
)


#: A longer condition was not written by a person.
_LONGEST: Final = 30_000
#: What `replace` may put in the place of something shorter, and how often a pattern of LIKE may say that anything may stand there: each such place
#: can be tried at every letter of a text.
_LONGEST_REPLACEMENT: Final = 100
_MOST_WILDCARDS: Final = 8
_LIKE: Final = frozenset({"~~", "!~~", "~~*", "!~~*", "like_escape", "not_like_escape", "ilike_escape", "not_ilike_escape"})


def filtered_messages(where: str) -> str:
    """The SELECT in which a checked condition runs; the line break ends a comment that the condition may end with."""
    return f"select * from (select * from messages where {where}\n)"


def check(con: duckdb.DuckDBPyConnection, where: str) -> None:
    """Raise `UsageError` unless `where` is one condition, made of columns of `messages`, values and harmless functions."""
    if len(where) > _LONGEST:
        raise UsageError(f"--where is longer than {_LONGEST} characters: write a shorter condition, or ask in several steps")
    tree = _parsed(con, where)
    for expression in _expressions(_take_condition(tree)):
        _check_expression(expression)
        _check_cost(expression)
    plain = _parsed(con, "true")
    _take_condition(plain)
    if tree != plain:
        raise UsageError(f"--where '{where}' is more than one condition: write a single one, such as operator = 'Telenor' and parts > 1")


def _parsed(con: duckdb.DuckDBPyConnection, where: str) -> dict[str, Any]:
    """DuckDB's syntax tree of the very text that will run, without positions."""
    text = con.execute("select json_serialize_sql(?)", [filtered_messages(where)]).fetchall()[0][0]
    try:
        tree: dict[str, Any] = json.loads(text, object_hook=_without_positions)
    except RecursionError:
        raise UsageError("--where is nested too deeply: split it into simpler conditions") from None
    if tree["error"]:
        raise UsageError(f"--where '{where}' cannot be read as SQL: {' '.join(tree['error_message'].split())}")
    return tree


def _without_positions(node: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if not key.startswith("query_location")}


def _take_condition(tree: dict[str, Any]) -> object:
    """Removes the inner WHERE from the tree and returns it; what is left is the same for every single condition."""
    inner = tree["statements"][0]["node"].get("from_table", {}).get("subquery", {}).get("node", {})
    return inner.pop("where_clause", None)


def _expressions(tree: object) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if "class" in node:
                yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _check_expression(node: dict[str, Any]) -> None:
    kind = node["class"]
    if kind not in _ALLOWED:
        raise UsageError(f"--where takes no {_REFUSED.get(kind, kind.lower())}: write one condition on columns of `messages`")
    if kind == "FUNCTION":
        _check_function(".".join(part for part in (node["catalog"], node["schema"], node["function_name"]) if part))
    if kind == "COLUMN_REF":
        _check_column(node["column_names"])


def _check_function(name: str) -> None:
    if name not in _FUNCTIONS:
        raise UsageError(f"--where takes no function '{name}'; accepted: {', '.join(sorted(known for known in _FUNCTIONS if known[0].isalpha()))}")


def _check_cost(node: dict[str, Any]) -> None:
    """What a function makes of a text, and how long it looks at it, must stay within bounds: nobody else could use the machine meanwhile."""
    if _grows(node):
        within = [inner for inner in _expressions(_arguments(node)) if _grows(inner)]
        if within or len(_constant(_arguments(node)[2]) or "") > _LONGEST_REPLACEMENT:
            raise UsageError(
                "--where: a `replace` that makes a text longer can neither stand within another one "
                f"nor put more than {_LONGEST_REPLACEMENT} characters into it"
            )
    if node["class"] == "FUNCTION" and node["function_name"] in _LIKE:
        pattern = _constant(_arguments(node)[1])
        if pattern is None or pattern.count("%") > _MOST_WILDCARDS:
            raise UsageError(f"--where: the pattern of LIKE is a text in single quotes with at most {_MOST_WILDCARDS} signs %; see contains() too")


def _grows(node: dict[str, Any]) -> bool:
    """Whether it is a `replace` whose answer may be longer than its text."""
    if node["class"] != "FUNCTION" or node["function_name"] != "replace" or len(_arguments(node)) != len(("text", "old", "new")):
        return False
    old, new = map(_constant, _arguments(node)[1:])
    return old is None or new is None or len(new) > len(old)


def _constant(node: dict[str, Any]) -> str | None:
    """The text of a text constant; releases of DuckDB name it differently."""
    value = node.get("literal") or node.get("value") or {} if node["class"] == "CONSTANT" else {}
    text = value.get("text", value.get("value"))
    return text if isinstance(text, str) else None


def _arguments(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [one["expression"] for one in node["arguments"]] if "arguments" in node else list(node["children"])


def _check_column(names: list[str]) -> None:
    *table, column = (name.lower() for name in names)
    if column not in MESSAGE_COLUMNS or table not in ([], ["messages"]):
        written = ".".join(names)
        raise UsageError(
            f"--where: `messages` has no column {written} (text stands in single quotes: '{written}'); columns: {', '.join(MESSAGE_COLUMNS)}"
        )
