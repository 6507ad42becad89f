"""The rooms of report.html: what is counted, how it is drawn, and the page they stand in."""
