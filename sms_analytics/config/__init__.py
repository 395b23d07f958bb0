"""`sms_analytics.toml`: what the logs do not say about themselves, and what people want to be called what."""

from sms_analytics.config.settings import FILE_NAME as FILE_NAME
from sms_analytics.config.settings import BrandConfig as BrandConfig
from sms_analytics.config.settings import Config as Config
from sms_analytics.config.settings import FeedConfig as FeedConfig
from sms_analytics.config.settings import Meaning as Meaning
from sms_analytics.config.settings import OperatorsConfig as OperatorsConfig
from sms_analytics.config.settings import ReportConfig as ReportConfig
from sms_analytics.config.settings import TableConfig as TableConfig
from sms_analytics.config.settings import Words as Words
from sms_analytics.config.settings import parse as parse
from sms_analytics.config.settings import read as read
from sms_analytics.config.settings import zone as zone
