"""Pages with the document that each should give, and how we and others read them."""
