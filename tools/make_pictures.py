"""Draws `docs/pictures/`: the charts of the sample data in both languages. Run: .venv/bin/python tools/make_pictures.py

Sources: the sample in `data/sample/` and the package as it is; look at the pictures before you keep them.
"""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sms_analytics import charts
from sms_analytics.charts import theme
from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.jupyter import notebook
from sms_analytics.text.labels import LANGS

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"


def main() -> None:
    """Writes the pictures anew."""
    PICTURES.mkdir(exist_ok=True)
    sample = ROOT / "data" / "sample"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "sms.duckdb"
        loader.load(str(sample / "logs"), db=file, config=sample / "sms_analytics.toml")
        with closing(store.connect(file)) as db:
            for lang in LANGS:
                theme.use(lang)
                ask = notebook.Questions(db, lang=lang)
                drawn = {
                    "delivery_rates": charts.delivery_rates(ask.rates("operator"), lang=lang, subtitle=ask.period),
                    "rates_over_time": charts.rates_over_time(ask.rates("day"), lang=lang, subtitle=ask.period),
                    "failure_reasons": charts.reasons(ask.reasons(), lang=lang, subtitle=ask.period),
                    "funnel": charts.funnel(ask.rates(), lang=lang, subtitle=ask.period),
                    "gaps_over_time": charts.gaps_over_time(ask.rates("day"), outages=ask.outages(), lang=lang, subtitle=ask.period),
                    "hours": charts.hours(ask.rates("weekday,hour_of_day"), lang=lang, subtitle=ask.period),
                    "latency": charts.latency(ask.latency("operator"), lang=lang, subtitle=ask.period),
                    "funnel_plot": charts.funnel_plot(ask.funnel_plot("operator"), lang=lang, subtitle=ask.period),
                    "control_chart": charts.control_chart(ask.control_chart(), lang=lang, subtitle=ask.period),
                    "changes": charts.changes(ask.changes("operator", days=7), lang=lang, subtitle=ask.compared(days=7)),
                }
                for name, chart in drawn.items():
                    chart.save(PICTURES / f"{name}_{lang}.png", scale_factor=1.5)


if __name__ == "__main__":
    main()
