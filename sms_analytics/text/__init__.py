"""Every word that people see, how numbers are masked, and frames as text, HTML and files."""
