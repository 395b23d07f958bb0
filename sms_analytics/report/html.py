"""A document as one HTML file: it asks nothing of the network, and its charts answer to the pointer."""

from functools import lru_cache
from importlib import resources
from json import dumps

import jinja2
import vl_convert
from markupsafe import Markup

from sms_analytics.charts import theme
from sms_analytics.report.brand import Brand
from sms_analytics.report.document import Document, Picture
from sms_analytics.text.labels import labels

_SNIPPET = "window.vegaEmbed = vegaEmbed;"


def written(document: Document, brand: Brand) -> bytes:
    """The file's content."""
    template = _environment().get_template("page.html.j2")
    page = template.render(
        document=document,
        brand=brand,
        words=labels("report", document.lang),
        headings=labels("report_section", document.lang),
        specs=Markup(_in_script({picture.key: picture.spec for picture in _pictures(document)})),
        looks=Markup(_in_script({mode: theme.configuration(document.lang, mode) for mode in ("light", "dark")})),
        bundle=Markup(_bundle()),
        leads=labels("report_lead", document.lang),
        asking=labels("report_cube", document.lang) | {"week": labels("report_column", document.lang)["week"]},
        cube=Markup("" if document.cube is None else _in_script(document.cube.as_data(document.lang), separators=(",", ":"))),
        ask=Markup(_script()),
    )
    return page.encode("utf-8")


def _pictures(document: Document) -> list[Picture]:
    found = [document.hero, *(section.picture for section in document.sections)]
    return [picture for picture in found if picture is not None]


def _in_script(value: object, separators: tuple[str, str] = (", ", ": ")) -> str:
    """JSON that cannot end the script it stands in."""
    return dumps(value, ensure_ascii=False, separators=separators).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@lru_cache(maxsize=1)
def _bundle() -> str:
    return vl_convert.javascript_bundle(_SNIPPET).replace("</script", "<\\/script")


@lru_cache(maxsize=1)
def _script() -> str:
    return (resources.files("sms_analytics") / "report" / "cube.js").read_text("utf-8")


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    folder = resources.files("sms_analytics") / "report"
    loader = jinja2.FunctionLoader(lambda name: (folder / name).read_text("utf-8"))
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
