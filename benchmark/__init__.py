"""Speed and memory of the main paths, each measured against a floor in the same run."""
