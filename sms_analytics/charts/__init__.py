"""Charts of the frames that questions return: frame in, Altair chart out, one function a question. Nothing here sees the database.

Every chart takes `lang` (`nb` or `en`) for its texts and a `subtitle` such as the period and the zone. Charts can be put beside and below each
other (`|`, `&`) and resized as any Altair chart, since they carry no configuration; the look, light or dark, and how numbers and dates are written,
are the theme's (`theme.use(lang, mode)`). What was not reported is hatched, what can still change is shaded, small groups are faded. An empty frame
gives a chart that says so. `UsageError` for a frame that is not the right one.
"""

from sms_analytics.charts import theme
from sms_analytics.charts.between_limits import control_chart as control_chart
from sms_analytics.charts.between_limits import funnel_plot as funnel_plot
from sms_analytics.charts.between_periods import changes as changes
from sms_analytics.charts.by_group import countries as countries
from sms_analytics.charts.by_group import delivery_rates as delivery_rates
from sms_analytics.charts.by_hour import hours as hours
from sms_analytics.charts.by_outcome import COUNTED_AS as COUNTED_AS
from sms_analytics.charts.by_outcome import funnel as funnel
from sms_analytics.charts.by_outcome import outcomes as outcomes
from sms_analytics.charts.by_reason import linked_reasons as linked_reasons
from sms_analytics.charts.by_reason import reasons as reasons
from sms_analytics.charts.drawing import AnyChart as AnyChart
from sms_analytics.charts.loading import records as records
from sms_analytics.charts.missing import gaps_over_time as gaps_over_time
from sms_analytics.charts.one_message import timeline as timeline
from sms_analytics.charts.over_time import rates_over_time as rates_over_time
from sms_analytics.charts.premium_messages import premium as premium
from sms_analytics.charts.waiting import latency as latency
from sms_analytics.charts.waiting import send_out as send_out
from sms_analytics.charts.waiting_curves import latency_curves as latency_curves

theme.use()
