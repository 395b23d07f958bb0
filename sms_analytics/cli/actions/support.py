"""The commands for support: the story of one number, and the page that shows it in a browser."""

import logging
from json import dumps

from sms_analytics import config as configuration
from sms_analytics.cli import printing, speaking
from sms_analytics.cli.actions.session import opened
from sms_analytics.cli.options import Source
from sms_analytics.database import store
from sms_analytics.lookup.answer import Names, NothingFoundError, Reader
from sms_analytics.lookup.answer import lookup as story_of
from sms_analytics.text.phrases import phrase


def lookup(number_or_id: str, source: Source, *, json: bool) -> None:
    """The story of one number or id; where nothing is found, what is loaded and which numbers are similar."""
    with opened(source) as session:
        names = Names(session.config.accounts, session.config.campaigns, session.config.feed_names)
        home_country = session.config.home_country
        try:
            story = story_of(session.connection, number_or_id, home_country=home_country, zone=session.zone, lang=session.lang, names=names)
        except NothingFoundError as nothing:
            if nothing.near and not json:
                printing.show(nothing.text(Reader(session.lang, session.zone, names)))
            raise
    printing.show(dumps(story.to_dicts(), ensure_ascii=False, indent=1) if json else story.text(printing.width()))


def serve(source: Source, address: str, port: int) -> None:
    """The support page, until Ctrl-C."""
    from sms_analytics.serve.server import serve as run  # noqa: PLC0415  # the other commands need no web server

    path = source.db or store.default_path()
    lang = source.lang or configuration.read(source.config, beside=path.parent).lang
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")

    def ready(url: str) -> None:
        speaking.say(phrase("serving", lang, url))

    run(path, address=address, port=port, config=source.config, zone=source.zone, lang=lang, ready=ready)


def mcp(source: Source, *, unmask: bool) -> None:
    """Answers an assistant until it goes."""
    from sms_analytics.mcp.server import mcp as run  # noqa: PLC0415  # the other commands need no protocol

    run(source.db, config=source.config, zone=source.zone, lang=source.lang, unmask=unmask)
