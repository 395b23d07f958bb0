"""Text that cannot steer a terminal: what stands in logs was written by others."""


def plain(value: object) -> str:
    """The value as text, with a blank for every control and formatting character."""
    text = str(value)
    return text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)
