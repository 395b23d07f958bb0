"""The support page: a browser, a search field, and the story of a number, for people who know no Python.

`server` listens, `database` opens what a load has put in place, `handlers` and `answers` are the addresses, `pages` fills the templates (`*.j2`),
`links` hides numbers from addresses, `access` says who may come in. Nothing here writes to the database.
"""
