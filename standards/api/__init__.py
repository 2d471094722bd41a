"""The law by API: documents, standards with their versions, criteria, catalogues, and the readings of a district."""
