"""Many numbers pasted at once: the form, the list, and the list as a file."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Final

import polars as pl
from markupsafe import Markup

from sms_analytics.lookup.many import FoundOne, look_up_many, separated
from sms_analytics.serve.answers import Answers

#: The page blanks control characters of others; this one is its own.
_NEWLINE: Final = Markup("\n")


class Many(Answers):
    """The field to paste into."""

    def get(self) -> None:
        """An empty one."""
        self.show(
            "many",
            title=self.reader.say("page.title", self.reader.say("page.many")),
            found=None,
            pasted=[],
            newline=_NEWLINE,
            csv="",
            link=self.to_message,
        )

    def post(self) -> None:
        """On to the list, whose address does not tell what was pasted."""
        asked = separated(self.get_body_argument("pasted", ""))
        self.redirect(f"/n/{self.site.links.name('many', *asked)}" if asked else "/many", status=HTTPStatus.SEE_OTHER)


class Pasted(Answers):
    """What is found for each."""

    async def get(self, name: str) -> None:
        """What went wrong first."""
        asked, found = await self.found(name)
        title = self.reader.say("page.title", self.reader.say("page.many_found", len(asked)))
        self.show("many", title=title, found=found, pasted=asked, newline=_NEWLINE, csv=f"{self.request.path}/csv", link=self.to_message)

    async def found(self, name: str) -> tuple[list[str], tuple[FoundOne, ...]]:
        """What was pasted, and what is found for it."""
        asked = [text or "" for text in self.meant(name, "many")]
        home_country = self.site.settings.home_country
        return asked, await self.ask(lambda _, db: look_up_many(db, asked, home_country))


class ManyList(Pasted):
    """The same as a file."""

    async def get(self, name: str) -> None:
        """In the same order."""
        _, found = await self.found(name)
        rows = [asdict(one) for one in found]
        self.send_list(pl.DataFrame(rows, schema_overrides={"submitted_utc": pl.Datetime("us")}, infer_schema_length=None).drop("message_key"))
