"""Errors a user can do something about: one line that says what, where and what to do."""


class SmsAnalyticsError(Exception):
    """Base of all errors that the command line shows without a traceback."""

    exit_code = 1


class UsageError(SmsAnalyticsError):
    """An argument, option or configuration value that cannot be used."""

    exit_code = 2


class ConfigError(UsageError):
    """A key or value in `sms_analytics.toml` that cannot be used."""


class MissingExtraError(UsageError):
    """What was asked for needs libraries that a plain install leaves out; the error names the extra that brings them."""


class DatabaseError(SmsAnalyticsError):
    """The database file is missing, in use by another load, or not one of ours."""

    exit_code = 3


class NoDataError(SmsAnalyticsError):
    """The question is fine, but nothing that was loaded answers it."""

    exit_code = 4


class InputError(SmsAnalyticsError):
    """A log file that cannot be read."""


class TooLargeTableError(InputError):
    """A workbook or Parquet file that asks for more memory than any log does."""


class UnknownFormatError(InputError):
    """No format recognises the file."""


class AmbiguousFormatError(InputError):
    """Several formats recognise the file."""


class FormatMismatchError(InputError):
    """The file no longer fits the format that it was said to have."""


class TimeZoneNeededError(InputError):
    """The log has no zone of its own and none was configured."""
