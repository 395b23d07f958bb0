"""The options that several commands share, each under the name of the keyword that it stands for."""

from pathlib import Path
from typing import Annotated, Literal

import typer

OutputFormat = Literal["table", "csv", "json", "parquet", "xlsx"]
Language = Literal["nb", "en"]
RateOfSent = Literal["rate_confirmed", "rate_possible", "coverage"]
Compare = Literal["previous", "none"]

Db = Annotated[Path | None, typer.Option("--db", help="Database file. Default: $SMS_ANALYTICS_DB, then sms.duckdb.", show_default=False)]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="Configuration. Default: sms_analytics.toml beside the database, then in the current folder.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="An array of objects instead of a table.")]
Lang = Annotated[Language | None, typer.Option("--lang", help="Language of tables. Default: that of the configuration, then nb.", show_default=False)]
Zone = Annotated[
    str | None,
    typer.Option("--zone", help="Time zone that times are given and shown in. Default: the configuration's, then Europe/Oslo.", show_default=False),
]

By = Annotated[
    str, typer.Option("--by", metavar="DIMENSIONS", help="What to group by, with commas between: operator,country. Without it: all in one row.")
]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Submitted at this date or time or later.", show_default=False)]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Submitted before this date or time.", show_default=False)]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="TIME", help="As it was known at this date or time.", show_default=False)]
Account = Annotated[str | None, typer.Option("--account", help="Only this account.", show_default=False)]
Campaign = Annotated[str | None, typer.Option("--campaign", help="Only this send-out.", show_default=False)]
Where = Annotated[
    str | None, typer.Option("--where", metavar="CONDITION", help='One SQL condition on columns of `messages`: "parts > 1".', show_default=False)
]
ReceiptsOnly = Annotated[
    bool, typer.Option("--receipts-only", help="Only the messages of feeds without any submission; without it they are in no count and no rate.")
]
Format = Annotated[
    OutputFormat | None,
    typer.Option(
        "--format", help="Default: table, or what the name given with --output ends with. parquet and xlsx need --output.", show_default=False
    ),
]
ExcelCsv = Annotated[
    bool, typer.Option("--excel-csv", help="CSV that Excel opens as a table: semicolons, a mark for UTF-8, headings in the language, local times.")
]
Output = Annotated[Path | None, typer.Option("--output", help="File to write instead of printing.", show_default=False)]
