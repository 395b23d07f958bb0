"""How the documentation becomes a site: `make docs`, then open build/docs/index.html. Everything it needs lies beside it."""

project = "sms_analytics"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "sms_analytics"
html_static_path: list[str] = []
templates_path: list[str] = []
# Headings can be linked to as they are on GitHub.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
# Links to files outside of this folder (code, notebooks) are for readers of the repository.
suppress_warnings = ["myst.xref_missing"]
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
language = "en"
