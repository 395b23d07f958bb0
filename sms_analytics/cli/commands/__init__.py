"""What can be typed: the commands with their arguments, a module for each kind.

What they do is in `actions`, in the module of the same name, which is imported when a command runs: polars takes half a second, help need not.
"""

from sms_analytics.cli.app import app

# In the order in which help lists the commands.
# isort: off
from sms_analytics.cli.commands import logs, lakes, contents, corrections, answers, comparison, listing, watching, support, notebooks, reports
# isort: on

__all__ = ["answers", "app", "comparison", "contents", "corrections", "lakes", "listing", "logs", "notebooks", "reports", "support", "watching"]
