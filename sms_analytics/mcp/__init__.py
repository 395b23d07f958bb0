"""Questions for an assistant, over standard input and output by the Model Context Protocol.

`questions` answers them as data, `safe_text` sees to it that nothing in an answer is a phone number or can pass for more than data, `server` speaks
the protocol. There is no free SQL, and no number in full unless the command was given `--unmask`.
"""
