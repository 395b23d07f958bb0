"""`python -m sms_analytics`: the same as the command `sms-analytics`."""

import sys

from sms_analytics.cli import main

if __name__ == "__main__":
    sys.exit(main())
