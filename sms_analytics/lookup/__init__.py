"""The story of one number or id: every message it belongs to, what became of it, who said so, what to do, and each line of a log behind that.

`answer` is what `lookup` returns, `story` its data, `searching` finds it, `surroundings` says what went on around it, `explaining` and `in_words` put
it into words, `terminal` prints them. The support page and the notebook show the same words.
"""
