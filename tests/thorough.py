"""Whether this is the long run (`make long`), which tries many more examples than the gate has time for."""

import os
from typing import Final

#: The profile of hypothesis: `quick` or `long`.
PROFILE: Final = os.environ.get("HYPOTHESIS_PROFILE", "quick")
THOROUGH: Final = PROFILE == "long"
